package fhir

import (
	"context"
	"net/url"
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
	record *Record
	mu     sync.Mutex
	asked  map[string]bool
	left   int // bytes that may still be read
}

// fetch reads what the client did not send: each absent key by the query that
// discovery advertises, and the further pages of what was cut short.
func (f *Fetcher) fetch(ctx context.Context, call Call) []Fetch {
	if f == nil || call.Server == nil {
		return nil
	}
	in := &fetching{Fetcher: f, server: call.Server, record: call.Record, asked: map[string]bool{}, left: f.limits.Bytes}
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
		case part.given:
			from, reason = in.following(call.Server.Base, part.next)
		default:
			from = call.Server.query(Templates()[source], call.Patient)
		}
		fetches = append(fetches, Fetch{Source: source, Reason: reason})
		if reason != "" {
			part.failure = reason
			continue
		}
		one := &fetches[len(fetches)-1]
		group.Go(func() error {
			began := f.clock()
			part.failure = in.pages(ctx, one, part, from)
			one.Reason, one.Took = part.failure, f.clock().Sub(began)
			return nil
		})
	}
	_ = group.Wait() // a key that was not had is a gap, and no error
	return fetches
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
		if read != nil {
			one.Status = read.status
		}
		if err != nil {
			return reasonOf(err)
		}
		one.Pages, one.Bytes = one.Pages+1, one.Bytes+len(read.body)
		part.more, part.next = false, ""
		err = in.record.whole(one.Source, read.body)
		switch {
		case err != nil:
			return ReasonNotJSON
		case part.null:
			part.null = false
			return ReasonNoResource
		case part.err != nil:
			part.err = nil
			return ReasonNoResource
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

// following is the address of the page after one that was read, or why it is
// not gone to.
func (in *fetching) following(from *url.URL, next string) (*url.URL, string) {
	at, err := from.Parse(next)
	switch {
	case next == "" || err != nil:
		return nil, ReasonCutShort
	case origin(at) != origin(in.server.Base) || at.User != nil:
		return nil, ReasonElsewhere
	}
	at.Fragment = ""
	return at, ""
}

// first reports whether an address is read for the first time in this call.
func (in *fetching) first(at *url.URL) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	address := at.String()
	again := in.asked[address]
	in.asked[address] = true
	return !again
}

// take takes from the bytes that a call may still read.
func (in *fetching) take(count int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.left -= count
}

// room is how many bytes may still be read.
func (in *fetching) room() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return max(in.left, 0)
}
