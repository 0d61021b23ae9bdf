package hooks

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rygkort/fhir"
	"rygkort/pathway"
)

// Request is a CDS Hooks call that was found to be one. The user is looked at
// and not kept: nothing here uses them.
type Request struct {
	Service    string // id of the service that answers it
	Hook       pathway.Hook
	Instance   string // hookInstance: names the call in logs and errors, proves nothing (R25, R26)
	Patient    string
	Encounter  string
	FHIRServer *url.URL     // nil where the call names none
	Token      fhir.Token   // for reading from it
	TokenLasts *float64     // seconds from the call on; nil where it does not say
	TokenFor   string       // the patient to whom the token is bound; empty where it is to none
	Record     *fhir.Record // prefetch and draft orders
	Selections []string
}

// call is what is needed to read the record.
func (s *Service) callOf(r *Request, client *Client) fhir.Call {
	call := fhir.Call{
		Hook: r.Hook, Patient: r.Patient, Encounter: r.Encounter, AsOf: s.config.Clock(),
		Record: r.Record, Selections: r.Selections,
	}
	if r.FHIRServer != nil {
		call.Server = &fhir.Server{
			Base: r.FHIRServer, Token: r.Token, Lasts: r.TokenLasts, Patient: r.TokenFor, Reach: client.Servers.Reach(r.FHIRServer),
		}
	}
	return call
}

// decode reads a body as a call to a service; without one, the hook picks it.
// Its error is a [Refusal] that names everything wrong at once. The request
// carries its hookInstance even then, as far as the body got.
func (s *Service) decode(body []byte, service string) (Request, error) {
	if service != "" && s.hookOf(service) == "" {
		return Request{}, noSuchService()
	}
	w := walk{record: s.config.Reader.Record()}
	if err := w.read(body); err != nil {
		instance, _, _ := w.text("hookInstance")
		return Request{Service: service, Instance: instance}, &Refusal{Reason: ErrRequest, Issues: []Issue{w.notJSON(err)}}
	}
	r := Request{Service: service}
	s.checkHook(&w, &r)
	r.Instance = w.instance()
	w.checkContext(&r)
	w.checkOrders(&r)
	w.checkServer(&r)
	w.checkAuthorization(&r)
	r.Record = w.record
	if len(w.issues) > 0 {
		return Request{Service: r.Service, Hook: r.Hook, Instance: r.Instance}, &Refusal{Reason: ErrRequest, Issues: w.issues}
	}
	return r, nil
}

// checkHook finds out which hook this is and which service answers it.
func (s *Service) checkHook(w *walk, r *Request) {
	r.Hook = s.hookOf(r.Service)
	said, usable := w.required("hook", "the name of the hook that fired")
	if !usable {
		return
	}
	if r.Service == "" {
		r.Hook = pathway.Hook(said)
		if r.Service = s.serviceFor(r.Hook); r.Service == "" {
			w.note("hook", "not-supported", "hook is none that is answered here", "GET /cds-services lists the services and their hooks.")
			r.Hook = ""
		}
		return
	}
	// H-x-1: a service is called for the hook it lists, and the body names it.
	if pathway.Hook(said) != r.Hook {
		w.note("hook", "value", fmt.Sprintf("hook has to be %q here", r.Hook), "Each hook has a service of its own; GET /cds-services lists them.")
	}
}

// instance is the call's hookInstance. R19 asks for a UUID; any other string
// is taken, since it only has to name the call.
func (w *walk) instance() string {
	text, _ := w.required("hookInstance", "a UUID, new for each call")
	return text
}

// required is the string at a place that may not be empty.
func (w *walk) required(place, what string) (text string, usable bool) {
	text, given, known := w.text(place)
	if !known {
		return "", false
	}
	if !given || strings.TrimSpace(text) == "" {
		w.note(place, "required", place+" is missing", "It is "+what+".")
		return "", false
	}
	return text, true
}

// checkContext looks at what is the same for all three hooks.
func (w *walk) checkContext(r *Request) {
	// R22: each call carries a context.
	if _, given, known := w.given("context"); !given || !known {
		if known {
			w.note("context", "required", "context is missing", "It holds userId and patientId.")
		}
		return
	}
	// H-pv-1, H-os-1, H-og-1: userId is required and of the form Type/id. Which
	// type it is changes nothing (H-pv-2).
	if user, usable := w.required("context.userId", "the current user as Type/id"); usable && !isUser(user) {
		w.note("context.userId", "value", "context.userId has to be Type/id", `For example "Practitioner/42".`)
	}
	// H-pv-3, H-os-3, H-og-3: patientId is required, and the plain id.
	if patient, usable := w.required("context.patientId", "the id of the patient"); usable {
		r.Patient = w.id("context.patientId", patient)
	}
	// H-pv-4, H-os-4, H-og-4: encounterId may be left out.
	if encounter, given, known := w.text("context.encounterId"); given && known {
		r.Encounter = w.id("context.encounterId", encounter)
	}
}

// id checks that a string is a plain FHIR id.
func (w *walk) id(place, text string) string {
	if !isID(text) {
		w.note(place, "value", place+" has to be a plain FHIR id",
			`Letters, digits, "-" and ".", at most 64 of them, without the resource type before it.`)
		return ""
	}
	return text
}

// checkOrders looks at what the order hooks have beside. Members of another
// hook's context are none of this call's business.
func (w *walk) checkOrders(r *Request) {
	if r.Hook != pathway.OrderSelect && r.Hook != pathway.OrderSign {
		return
	}
	// H-os-7, H-og-6: draftOrders is required. Where it is missing there are no
	// order cards, which is better than none at all (H-os-11): alarm symptoms
	// are spoken of at every call.
	if drafts, given, _ := w.given("context.draftOrders"); given && drafts.Kind() != '{' {
		w.note("context.draftOrders", "structure", "context.draftOrders has to be a Bundle", "")
	}
	// H-og-6: order-sign has no selections, every order is judged.
	if r.Hook == pathway.OrderSign {
		return
	}
	// H-os-6, H-os-11: selections is required, and left out by the Sandbox at
	// times; then it stays nil and all drafts are meant. An empty list is one
	// (decision C-51).
	if selections, given, known := w.given("context.selections"); given && known {
		r.Selections = []string{}
		if err := json.Unmarshal(selections, &r.Selections); err != nil || hasNull(selections) {
			w.note("context.selections", "structure", "context.selections has to be a list of strings", `Each is Type/id, for example "ServiceRequest/7".`)
		}
	}
}

// hasNull reports a null among the elements of a list, which decodes into a
// string as if nothing were wrong.
func hasNull(list jsontext.Value) bool {
	var elements []jsontext.Value
	if err := json.Unmarshal(list, &elements); err != nil {
		return true
	}
	for _, element := range elements {
		if element.Kind() == 'n' {
			return true
		}
	}
	return false
}

// checkServer looks at the client's FHIR server (R20).
func (w *walk) checkServer(r *Request) {
	server, given, known := w.text("fhirServer")
	if !given || !known {
		return
	}
	base, err := url.Parse(server)
	web := err == nil && base.Hostname() != "" && (base.Scheme == "https" || base.Scheme == "http")
	switch {
	case !web:
		w.note("fhirServer", "value", "fhirServer has to be an absolute http or https URL", "")
	case base.User != nil || base.RawQuery != "" || base.Fragment != "":
		w.note("fhirServer", "value", "fhirServer has to be a service base", "A URL without user, query and fragment.")
	// R20: https, for data of real patients. On loopback nobody can listen in.
	case base.Scheme == "http" && !IsLoopback(base.Hostname()):
		w.note("fhirServer", "value", "fhirServer has to be https", "Plain http is taken on a loopback address only.")
	default:
		r.FHIRServer = base
	}
}

// checkAuthorization looks at fhirAuthorization. No message repeats anything
// of it.
func (w *walk) checkAuthorization(r *Request) {
	// R65: without a token the object is left out; null counts as that.
	if _, given, known := w.given("fhirAuthorization"); !given || !known {
		return
	}
	// I-cds-r-1, R20: a token needs a server at which it is good.
	if _, given, _ := w.given("fhirServer"); !given {
		w.note("fhirServer", "invariant", "fhirServer is missing beside fhirAuthorization", "A token is of use at a named server only.")
	}
	// R66: access_token is a string and required.
	token, _ := w.required("fhirAuthorization.access_token", "the token for reading from fhirServer")
	r.Token = fhir.NewToken(token)
	// R67: token_type is the word Bearer. Authorization servers write it in
	// both letter cases.
	if kind, usable := w.required("fhirAuthorization.token_type", `always "Bearer"`); usable && !strings.EqualFold(kind, "Bearer") {
		w.note("fhirAuthorization.token_type", "value", `fhirAuthorization.token_type has to be "Bearer"`, "")
	}
	// R71: patient is named when the token is bound to one. Another than the
	// call's is no error of form: package fhir does not use the token then.
	r.TokenFor, _, _ = w.text("fhirAuthorization.patient")
	// R68…R70: expires_in, scope and subject may be missing; that those which
	// came are of the right type, the walk has seen to. UTF-8 it has not.
	if lasts, given, known := w.given("fhirAuthorization.expires_in"); given && known {
		var seconds float64
		if json.Unmarshal(lasts, &seconds) == nil {
			r.TokenLasts = &seconds
		}
	}
	for _, place := range []string{"fhirAuthorization.scope", "fhirAuthorization.subject"} {
		w.text(place)
	}
}

// isID reports whether a string is a FHIR id.
func isID(text string) bool {
	return len(text) <= 64 && isWord(text, "-.")
}

// isUser reports whether a string is Type/id. Unlike a FHIR id, this one may
// have an underscore (I-ord-1).
func isUser(text string) bool {
	kind, id, found := strings.Cut(text, "/")
	return found && isWord(kind, "") && len(id) <= 64 && isWord(id, "-._")
}

// isWord reports whether a string consists of at least one ASCII letter or
// digit or one of some further characters, and of nothing else.
func isWord(text, further string) bool {
	for _, c := range []byte(text) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && strings.IndexByte(further, c) < 0 {
			return false
		}
	}
	return text != ""
}

// IsLoopback reports whether a host name means this machine and no other.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}
