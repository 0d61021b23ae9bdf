// Package hooks speaks CDS Hooks over HTTP: discovery, the three services, and
// what an integrator sees beside them.
//
// It alone knows the protocol's wire types, which request is refused and why,
// which error is which status (fail.go, nowhere else), and gin.
//
// It refuses to know medicine and FHIR resources: a record passes through it as
// bytes, from the body to [fhir.Reader], and a card as a value, from
// [cards.Renderer] to the body. It reads no clock; time comes in by
// [Config.Clock].
package hooks
