// A server on a port and on a Unix socket, until it is told to end.
package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	port := flag.Int("port", 0, "the port")
	socket := flag.String("socket", "", "the socket")
	flag.Parse()
	http.HandleFunc("/live", func(http.ResponseWriter, *http.Request) {})
	for network, address := range map[string]string{"tcp": fmt.Sprintf(":%d", *port), "unix": *socket} {
		listener, err := net.Listen(network, address)
		if err != nil {
			panic(err)
		}
		go http.Serve(listener, nil)
	}
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	fmt.Println("process", os.Getpid(), "on port", *port)
	<-end
	fmt.Println("told to end")
}
