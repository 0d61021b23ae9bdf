package hooks

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"rygkort/cards"
	"rygkort/fhir"
	"rygkort/internal/demo"
	"rygkort/internal/ledger"
	"rygkort/internal/trust"
	"rygkort/pathway"
)

// DefaultMaxBody bounds a request where [Config] does not. A call with a long
// record prefetched is some 150 kB.
const DefaultMaxBody = 5 << 20

// DefaultDeadline bounds a call where [Config] does not: the GP waits for it
// with the chart open.
const DefaultDeadline = 3 * time.Second

// Config is what a service is made of.
type Config struct {
	Reader         *fhir.Reader
	Renderer       *cards.Renderer
	Parameters     pathway.Parameters
	PublicURL      string           // where clients reach the service, without a trailing slash
	Language       cards.Language   // of the cards, where the call asks for none of ours; empty: Danish
	Clock          func() time.Time // now, in the time zone in which the practice counts days
	Logger         *slog.Logger
	MaxBody        int64              // bytes of a request body; 0: [DefaultMaxBody]
	Deadline       time.Duration      // for a call as a whole, from its arrival; 0: [DefaultDeadline]
	InFlight       int                // calls answered at once; 0: [DefaultInFlight]
	Servers        Servers            // which FHIR servers may be read where there is no gate; nil: none
	Gate           *trust.Gate        // who may call; nil: nobody is asked who they are
	Clients        map[string]*Client // whom the gate lets in, by name
	Proxies        []string           // addresses and networks of the proxies whose X-Forwarded-For is believed
	GuardDiscovery bool               // discovery asks who calls, too
	Metrics        *Metrics           // nil: its own
	Ledger         *ledger.Ledger     // what was sent and what came of it; nil: nothing is kept
	OperatorToken  string             // opens the report; empty: it is shown on this machine only
	Shadow         bool               // decide and count, and answer with no cards
	Warnings       []string           // what an operator has to know, as /readyz says it
	Demo           *demo.Demo         // nil: no demo patients
}

// Service answers CDS Hooks calls. It never changes once made, so any number
// of calls may share one.
type Service struct {
	config    Config
	offers    []Offer
	languages map[cards.Language]languages // by what is taken where a call asks for none
	anyone    Client                       // who calls where nobody is asked
	crowd     crowd
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
	if c.InFlight <= 0 {
		c.InFlight = DefaultInFlight
	}
	if c.Metrics == nil {
		c.Metrics = NewMetrics()
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	s := &Service{
		config: c, offers: Offers(), languages: map[cards.Language]languages{"": newLanguages(c.Language)},
		anyone: Client{Servers: c.Servers}, crowd: newCrowd(c.InFlight),
	}
	for _, l := range []cards.Language{cards.Danish, cards.English} {
		s.languages[l] = newLanguages(l)
	}
	return s
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
	var trace Trace
	response, err := s.answer(ctx, &s.anyone, body, service, language, &trace, func() {})
	return response, trace, err
}

// answer is Answer for a client. It leaves in trace how far it got, and says when
// the body is decoded, where it may have to wait for a FHIR server after that.
func (s *Service) answer(ctx context.Context, client *Client, body []byte, service string, language cards.Language, trace *Trace, decoded func()) (Response, error) {
	request, err := s.decode(body, service)
	trace.Request = request
	if err != nil {
		return Response{}, err
	}
	call := s.callOf(&request, client)
	// What somebody unknown names is not read, and the keys stay as they came:
	// the Sandbox always names a server. A client whom we know is told.
	if call.Server != nil && call.Server.Reach == fhir.ReachNowhere && client.Name != "" {
		return Response{}, notListed()
	}
	if call.Server != nil {
		decoded()
	}
	reading := s.config.Reader.Read(ctx, call)
	mark := s.contact(client, &request, call.AsOf)
	dismissed := s.dismissed(mark)
	decision := pathway.Decide(reading.Chart.Facts(s.config.Parameters)).Without(dismissed)
	trace.Reading, trace.Decision = reading, decision

	// R54: without data that it needs and cannot get, a service answers 412. An
	// empty list of cards would read as "all clear".
	if unread := decision.Facts.UnreadRequired(); len(decision.Advice) == 0 && len(unread) > 0 {
		return Response{}, unavailable(unread)
	}
	written := s.config.Renderer.Render(decision, cards.Call{
		Language: language, Patient: request.Patient, Encounter: request.Encounter,
		Dismissed: wasDismissed(decision, dismissed), Understands: client.Understands,
	})
	s.keep(kept{client, &request, mark, language, call.AsOf}, decision, written)
	if s.config.Shadow {
		written = []cards.Card{}
	}
	return Response{written}, nil
}
