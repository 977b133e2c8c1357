error("100% of %s and %d are %q")
