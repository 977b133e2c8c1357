("text")("argument")
