package main

// #include <math.h>
// #cgo LDFLAGS: -lm
import "C"

import (
	"fmt"
	"os"

	"example.test/greeting"
)

var version = "unknown"

func main() {
	fmt.Println(greeting.Greet(os.Args[1]), version, int(C.cbrt(27)))
}
