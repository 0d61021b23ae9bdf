package hooks

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"rygkort/cards"
	"rygkort/fhir"
	"rygkort/internal/demo"
	"rygkort/pathway"
)

// DefaultMaxBody bounds a request where [Config] does not. A call with a long
// record prefetched is some 150 kB.
const DefaultMaxBody = 5 << 20

// DefaultDeadline bounds a call where [Config] does not: the GP waits for it
// with the chart open.
const DefaultDeadline = 3 * time.Second

// Servers says which FHIR servers may be read when a call names them.
type Servers interface {
	// Reach is how far a server may be reached, by its service base.
	Reach(base *url.URL) fhir.Reach
}

// NoServers reads none.
type NoServers struct{}

// Reach is nowhere.
func (NoServers) Reach(*url.URL) fhir.Reach { return fhir.ReachNowhere }

// LoopbackServers reads those on this machine: the rule of demo mode, in which
// nobody is asked who they are.
type LoopbackServers struct{}

// Reach is this machine alone.
func (LoopbackServers) Reach(base *url.URL) fhir.Reach {
	if IsLoopback(base.Hostname()) {
		return fhir.ReachLoopback
	}
	return fhir.ReachNowhere
}

// Config is what a service is made of.
type Config struct {
	Reader     *fhir.Reader
	Renderer   *cards.Renderer
	Parameters pathway.Parameters
	PublicURL  string           // where clients reach the service, without a trailing slash
	Language   cards.Language   // of the cards, where the call asks for none of ours; empty: Danish
	Clock      func() time.Time // now, in the time zone in which the practice counts days
	Logger     *slog.Logger
	MaxBody    int64         // bytes of a request body; 0: [DefaultMaxBody]
	Deadline   time.Duration // for a call as a whole, from its arrival; 0: [DefaultDeadline]
	Servers    Servers       // which FHIR servers may be read; nil: none
	Demo       *demo.Demo    // nil: no demo patients
}

// Service answers CDS Hooks calls. It never changes once made, so any number
// of calls may share one.
type Service struct {
	config    Config
	offers    []Offer
	languages languages
}

// New makes a service.
func New(c Config) *Service {
	if c.MaxBody <= 0 {
		c.MaxBody = DefaultMaxBody
	}
	if c.Deadline <= 0 {
		c.Deadline = DefaultDeadline
	}
	if c.Servers == nil {
		c.Servers = NoServers{}
	}
	if c.Language == "" {
		c.Language = cards.Danish
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	return &Service{config: c, offers: Offers(), languages: newLanguages(c.Language)}
}

// Response is the answer to a call.
type Response struct {
	Cards []cards.Card `json:"cards"` // never absent: nothing to say is [] (R74, R77)
}

// Trace is how an answer came about, as far as the call got.
type Trace struct {
	Request  Request
	Reading  *fhir.Reading     // nil for a request that was refused
	Decision *pathway.Decision // nil likewise
}

// Answer is the whole service: request, record, decision, cards. service is
// the id of one of [Offers]; empty, the body's hook picks it. What is not read
// from the client's FHIR server when ctx ends is answered as not read.
func (s *Service) Answer(ctx context.Context, body []byte, service string, language cards.Language) (Response, Trace, error) {
	request, err := s.decode(body, service)
	if err != nil {
		return Response{}, Trace{Request: request}, err
	}
	reading := s.config.Reader.Read(ctx, s.callOf(&request))
	decision := pathway.Decide(reading.Chart.Facts(s.config.Parameters))
	trace := Trace{request, reading, decision}

	// R54: without data that it needs and cannot get, a service answers 412. An
	// empty list of cards would read as "all clear".
	if unread := decision.Facts.UnreadRequired(); len(decision.Advice) == 0 && len(unread) > 0 {
		return Response{}, trace, unavailable(unread)
	}
	return Response{s.config.Renderer.Render(decision, cards.Call{
		Language: language, Patient: request.Patient, Encounter: request.Encounter,
	})}, trace, nil
}
