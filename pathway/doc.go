// Package pathway is the Danish low-back-pain leaflet for general practice
// ("Pixibog") as pure functions over values: a [Chart] of dated statements goes
// in, [Facts] are derived from it, and [Decide] answers with a [Decision].
//
// It alone knows the leaflet's sentences, what each fact means, how long a
// negative holds, how contacts are counted, and which rule speaks when.
//
// It refuses to know FHIR, HTTP, languages and the clock: codes arrive as
// [Concept] values, time as [Chart.AsOf], and the words a clinician reads are
// made elsewhere. It imports the standard library only, keeps no state and
// returns no errors: what cannot be judged is Unknown, and Unknown is never No.
package pathway

// Version is the version of the rule set. It stands on every card.
const Version = "0.1.0"
