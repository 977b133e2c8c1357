assert(nil, nil)
