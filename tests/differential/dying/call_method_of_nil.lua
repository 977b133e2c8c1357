local window
window:show()
