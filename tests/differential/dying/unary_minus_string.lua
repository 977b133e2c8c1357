return -"word"
