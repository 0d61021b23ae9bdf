package fhir

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"rygkort/pathway"
)

// Fetch is what came of reading one key from the client's FHIR server.
type Fetch struct {
	Source pathway.Source
	Pages  int    // that were read
	Bytes  int    // of their bodies
	Status int    // of the last answer; 0 where there was none
	Reason string // why not all of it was had; empty where all was
	Took   time.Duration
}

// fetching is what one call reads from a server. No address is read twice.
type fetching struct {
	*Fetcher
	server *Server
	until  time.Time // when its token runs out; zero: nobody says
	client *http.Client
	record *Record
	mu     sync.Mutex
	asked  map[string]bool
	left   int // bytes that may still be read
	fault  any // what a goroutine of the call panicked with
}

// fetch reads what the client did not send: each absent key by the query that
// discovery advertises, and the further pages of what was cut short.
func (f *Fetcher) fetch(ctx context.Context, call Call) []Fetch {
	if f == nil || call.Server == nil {
		return nil
	}
	in := &fetching{Fetcher: f, server: call.Server, record: call.Record, asked: map[string]bool{}, left: f.limits.Bytes}
	if lasts := call.Server.Lasts; lasts != nil {
		const aDay = 24 * 60 * 60 // longer than any call
		in.until = f.clock().Add(time.Duration(min(*lasts, aDay) * float64(time.Second)))
	}
	in.client = &http.Client{Transport: f.transports[call.Server.Reach], CheckRedirect: in.checkRedirect}
	fetches := make([]Fetch, 0, len(Keys()))
	var group errgroup.Group
	for _, source := range Keys() {
		part := call.Record.of(source)
		var from *url.URL
		var reason string
		switch {
		case part.given && !part.rest():
			continue
		case call.Server.Reach == ReachNowhere:
			reason = ReasonNotAllowed
		case call.Server.Patient != "" && call.Server.Patient != call.Patient:
			reason = ReasonOtherPatient
		case !call.Server.Token.sendable():
			reason = ReasonToken
		case part.given:
			from, reason = in.following(call.Server.query(typeOf(source), call.Patient), part.next)
		default:
			from = call.Server.query(f.templates[source], call.Patient)
		}
		fetches = append(fetches, Fetch{Source: source, Reason: reason})
		if reason != "" {
			part.failure = reason
			continue
		}
		one := &fetches[len(fetches)-1]
		group.Go(func() error {
			defer in.caught()
			began := f.clock()
			part.failure = in.pages(ctx, one, part, from)
			one.Reason, one.Took = part.failure, f.clock().Sub(began)
			return nil
		})
	}
	_ = group.Wait() // a key that was not had is a gap, and no error
	if in.fault != nil {
		panic(in.fault) //nolint:forbidigo // not a new one: it goes on where the call is, or it would end the process
	}
	return fetches
}

// caught keeps a panic for the goroutine of the call.
func (in *fetching) caught() {
	if cause := recover(); cause != nil {
		in.mu.Lock()
		defer in.mu.Unlock()
		in.fault = cause
	}
}

// pages reads one page after the other into a part, and returns why it did not
// come to the end.
func (in *fetching) pages(ctx context.Context, one *Fetch, part *part, at *url.URL) (reason string) {
	for {
		if one.Pages == in.limits.Pages {
			return ReasonManyPages
		}
		if !in.first(at) {
			return ReasonRound
		}
		read, err := in.get(ctx, in, at)
		if read != nil && read.status != 0 {
			one.Status = read.status
		}
		if err != nil {
			return reasonOf(err)
		}
		at = read.at
		one.Pages, one.Bytes = one.Pages+1, one.Bytes+len(read.body)
		part.more, part.next = false, ""
		before, lost := len(part.entries), part.lost
		err = in.record.whole(one.Source, read.body)
		none := part.null || part.err != nil // of this page, and nothing about those before it
		part.null, part.err = false, nil
		switch {
		case err != nil:
			return ReasonNotJSON
		case none:
			return ReasonNoResource
		case part.failed():
			return ReasonFailed
		case len(part.entries) == before && part.lost > lost:
			return ReasonNoResource
		case !speaksOf(typeOf(one.Source), part.entries[before:]):
			return ReasonOtherType
		case len(part.entries)+part.lost > in.limits.Entries:
			return ReasonManyEntries
		case !part.more:
			return ""
		}
		if at, reason = in.following(at, part.next); reason != "" {
			return reason
		}
	}
}

// speaksOf reports whether the entries of a page are an answer to a search of
// that type: none at all are one, and so is a remark.
func speaksOf(kind string, entries []resource) bool {
	return len(entries) == 0 || slices.ContainsFunc(entries, func(r resource) bool { return r.is(kind) || r.is("OperationOutcome") })
}

// following is the address of the page after one that was read, or why it is
// not gone to.
func (in *fetching) following(from *url.URL, next string) (*url.URL, string) {
	at, err := from.Parse(next)
	switch {
	case next == "" || err != nil:
		return nil, ReasonCutShort
	case Origin(at) != Origin(in.server.Base) || at.User != nil:
		return nil, ReasonElsewhere
	}
	return at, ""
}

// checkRedirect follows a server on its own ground only: elsewhere the token
// would be shown to somebody else.
func (in *fetching) checkRedirect(next *http.Request, before []*http.Request) error {
	switch {
	case Origin(next.URL) != Origin(in.server.Base) || next.URL.User != nil:
		return errElsewhere
	case len(before) > in.limits.Redirects:
		return errRedirected
	case !in.first(next.URL):
		return errRound
	}
	return nil
}

// first reports whether an address is read for the first time in this call.
func (in *fetching) first(at *url.URL) bool {
	plain := *at
	plain.Fragment, plain.RawFragment = "", ""
	address := plain.String()
	in.mu.Lock()
	defer in.mu.Unlock()
	again := in.asked[address]
	in.asked[address] = true
	return !again
}

// room is how many bytes may still be read, after those.
func (in *fetching) room(read int) int {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.left -= read
	return in.left
}

// counted is a body that ends with an error where the call has read enough,
// under whichever key.
type counted struct {
	io.Reader
	in *fetching
}

func (c counted) Read(to []byte) (int, error) {
	n, err := c.Reader.Read(to[:min(len(to), 32<<10)])
	if c.in.room(n) < 0 {
		return n, errManyBytes
	}
	return n, err
}
