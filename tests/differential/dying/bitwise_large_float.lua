local huge = 2^63
return 1 | huge
