package main

import (
	"fmt"

	"example.test/greeting"
)

func main() {
	fmt.Println(greeting.Greet("from a proxy"))
}
