error("first line\nsecond line\n\tindented")
