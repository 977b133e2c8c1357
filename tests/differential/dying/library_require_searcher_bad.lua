package.searchers = nil
require "anything"
