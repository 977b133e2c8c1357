assert(false, 404)
