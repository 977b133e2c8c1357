--# needs lua-uri
-- uri takes addresses apart, normalises them, and resolves relative ones.
local try = require "try"
local URI = require "uri"
for _, text in ipairs {
  "http://Example.ORG:80/a/./b/../c?q=1#frag", "HTTPS://user:pw@host:8443/%7euser/%41", "ftp://ftp.example.org/file;type=i", "mailto:a@b.c", "urn:isbn:0451450523", "urn:issn:1560-1560", "file:///etc/passwd",
  "file://localhost/x", "data:text/plain;base64,SGVsbG8=", "data:,A%20brief%20note", "tag:example.org,2004:thing", "rtsp://x/y", "pop://user@host", "telnet://h:23/", "http://[::1]:8080/", "http://[bad", "http://host:port/", "no scheme", "", "//net/path", "?q", "#f", "http://exa mple/", "urn:oid:1.2.3", "%zz",
} do
  local uri
  try(function()
    local message
    uri, message = URI:new(text)
    return text, uri, message
  end)
  if uri then
    try(function() return "", uri:scheme(), uri:userinfo(), uri:host(), uri:port(), uri:path(), uri:query(), uri:fragment(), uri:is_relative(), uri:default_port() end)
  end
end
local base = assert(URI:new "http://a/b/c/d;p?q")
for _, relative in ipairs {"g:h", "g", "./g", "g/", "/g", "//g", "?y", "g?y", "#s", "g#s", ";x", "", ".", "./", "..", "../g", "../..", "../../g", "../../../g", "/./g", "/../g", "g.", "..g", "./../g", "g;x=1/../y", "g?y/./x"} do
  try(function()
    local uri = assert(URI:new(relative, base))
    return relative, uri, uri:relativize(base), uri
  end)
end
local changed = URI:new "http://host/path"
try(function() return changed:host "other.org", changed:port(81), changed:path "/new path", changed:query "a=b", changed:fragment(nil), changed, pcall(changed.host, changed, "bad host"), pcall(changed.port, changed, -1) end)
