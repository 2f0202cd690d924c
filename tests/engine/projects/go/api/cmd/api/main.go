// Command api answers with a greeting, a file and an identifier.
package main

import (
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/google/uuid"
)

func main() {
	greeting := flag.String("greeting", "", "what is said first")
	flag.Parse()
	day, err := os.ReadFile("greetings/day.txt")
	if err != nil {
		log.Fatal(err)
	}
	name := uuid.NewSHA1(uuid.NameSpaceDNS, []byte("example.org"))
	log.Printf("%s: %s (%s)", *greeting, day, name)
	http.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "ok") })
	log.Fatal(http.ListenAndServe(":8080", nil))
}
