io.output({})
