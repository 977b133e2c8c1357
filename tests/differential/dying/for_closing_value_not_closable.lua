for k in next, {1}, nil, {} do print(k) end
