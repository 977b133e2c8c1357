-- The collector has only begun to mark: what it has not reached yet is no garbage.
--? => died while marking
--? print kept[100] => 100
--? verify => The dump is whole and sound
local kept = {}
for i = 1, 100000 do kept[i] = { i } end
collectgarbage("incremental")
collectgarbage()
collectgarbage("step", 1)
error("died while marking")
