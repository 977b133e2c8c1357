;;; local a = 1; ; local b = 2;
do ; end while false do ; end if a then ; end for i = 1, 0 do ; end repeat ; until true
;(function() print("called", a, b) end)() ;("x"):rep(1)
::label:: ; goto after ; ::after::; local f = function() ; return ; end print(f()) return a, b ;
