// Package numbers counts.
package numbers

// Pair is how many a pair has.
const Pair = 2
