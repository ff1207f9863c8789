local f(x) = 1 + f(x); f(0)
