-- The memory runs out in the middle of a program; the dump takes none.
--: --max-heap 8M
--? => not enough memory
--? print newest.link.payload => "x
--? stack => memory_limit.lua:10
--? globals => newest
--? verify => The dump is whole and sound
count = 0
local function grow()
  newest = {link = newest, payload = "x" .. count}
  count = count + 1
  return grow()
end
grow()
--$ stack
