error(setmetatable({}, {__name = "My.Failure"}))
