return "user " .. user_name .. "!"
