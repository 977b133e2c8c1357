local node = {next = {}}
repeat node = node.next until node.next.next == nil
