// Package trust says who may call: it admits the client whose JWT a call bears,
// or says why not.
//
// It alone knows the client's JWT of CDS Hooks: which algorithms are taken,
// whose keys they are and where they come from, what the claims must say, that
// a token is let in once, and what a caller who was turned away is told. What
// it reads of a token is read strictly (no member twice, no number as a
// string); the signatures themselves are jwx's work.
//
// It refuses to know HTTP requests and statuses, what an admitted client may do
// or see, and what else is configured for it. It never takes a key from a
// token, nor from an address that a token names. It reads no clock; time comes
// in by [Settings.Clock]. Nothing of a token is in any of its errors.
package trust
