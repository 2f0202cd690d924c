// Command sum adds in C.
package main

// static int sum(int a, int b) { return a + b; }
import "C"

import (
	"log"
	"net"
)

func main() {
	listener, err := net.Listen("tcp", ":8080")
	if err != nil {
		log.Fatal(err)
	}
	log.Print("the sum is ", C.sum(40, 2))
	for {
		if connection, err := listener.Accept(); err == nil {
			connection.Close()
		}
	}
}
