// Command empty does nothing: what every Go program costs. It knows nothing.
package main

func main() {}
