error("bytes \xff\xfe and control \1 characters", 0)
