// Package design holds the house in order: which folders exist, what each may
// import, and what none may do.
//
// It has no code, only tests. They alone know the import table, and read the
// sources themselves with go/parser, so that a new file is seen by the next
// run. They know nothing of what the code means.
package design
