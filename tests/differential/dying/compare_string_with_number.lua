local limit = "10"
return 5 <= limit
