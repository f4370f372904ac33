package main

import (
	"testing"

	"example.test/greeting"
)

func TestGreeting(t *testing.T) {
	if greeting.Greet("you") != "hello you" {
		t.Fatal("not greeted")
	}
}
