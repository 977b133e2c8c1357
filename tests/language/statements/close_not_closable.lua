local x <close> = 42        --! variable 'x' got a non-closable value
