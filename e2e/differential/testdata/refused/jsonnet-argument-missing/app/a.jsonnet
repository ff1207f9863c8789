function(x) {}
