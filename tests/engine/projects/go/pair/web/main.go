// Command web needs a module in the place of another, and one of its workspace.
package main

import (
	"log"
	"net"

	"example.org/numbers"
	"example.org/words"
)

func main() {
	listener, err := net.Listen("tcp", ":8080")
	if err != nil {
		log.Fatal(err)
	}
	log.Print(words.Greeting, " ", numbers.Pair)
	for {
		if connection, err := listener.Accept(); err == nil {
			connection.Close()
		}
	}
}
