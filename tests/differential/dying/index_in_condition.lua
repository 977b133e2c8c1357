local state = {}
while state.queue.first do state.queue = nil end
