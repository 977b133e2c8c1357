base = 5
return base / divisor
