for key, value in ("a=1;b=x"):gmatch "(%w+)=(%w+)" do print(key, value // 1) end
