// Package cards turns a [pathway.Decision] into CDS Hooks cards.
//
// It alone holds the words that a clinician reads, in Danish and in English,
// the shape of cards, suggestions and draft orders, and the escaping of
// whatever comes out of a record. [Check] knows what CDS Hooks and our own laws
// demand of a card.
//
// It refuses to judge: which rule speaks, and how urgently, is decided in
// package pathway. It reads no clock, keeps no state between calls and returns
// no errors.
package cards
