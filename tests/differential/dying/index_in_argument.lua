local order = {}
print(
  "total",
  order.items.count
)
