// Package greeting is a dependency.
package greeting

// Greet returns a greeting.
func Greet(name string) string { return "hello " + name }
