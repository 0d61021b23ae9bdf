// Package fhir turns FHIR R4 resources into a [pathway.Chart].
//
// It alone knows resource shapes, code systems and value sets, what counts as
// evidence in a record, the states a prefetch key can be in, and how untidy
// real records are: each resource is read on its own, what cannot be read is
// set aside and named as a gap, and none of it ever counts as "nothing there".
//
// It refuses to judge: what a statement means for the patient is decided in
// package pathway. It knows no HTTP server and no card.
package fhir
