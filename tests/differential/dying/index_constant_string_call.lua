return ("text").missing.deeper
