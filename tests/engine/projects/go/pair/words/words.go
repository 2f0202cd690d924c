// Package words greets.
package words

// Greeting of the program.
const Greeting = "a pair is"
