// Package ledger keeps what was sent and what came of it: each card, each answer
// to it, and the tokens that were used.
//
// It alone knows the tables, their migrations, the two databases (SQLite and
// PostgreSQL) and how figures are made from them, when a row is old enough to go,
// and what makes two answers the same.
//
// It refuses to know patients. A patient is given to [Ledger.Mark] only, which
// makes a keyed hash of it; no name, number or clinical value is ever stored. It
// knows neither rules nor words: what it gets are ids, which it counts. Who may
// call and which answer is well-formed was judged before.
//
// What it promises:
//
//   - [Ledger.Sent] never waits and never fails. A crash loses at most the cards
//     of the last [Settings.FlushEvery] (or [Settings.Batch] cards, whichever
//     comes first) and what is just being written; a graceful [Ledger.Close]
//     loses none. While the database is dead, cards wait in a queue of bounded
//     length, and those that find it full are counted as dropped.
//   - [Ledger.Feedback] is durable when it returns, whole or not at all, and may
//     be repeated.
//   - [Ledger.Dismissed] is answered from memory.
//   - Errors hold no password, no comment and no value of a row.
package ledger
