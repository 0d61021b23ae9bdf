package fhir

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"rygkort/pathway"
)

// sources are where resources come from: the prefetch keys in the order in
// which they are read, and behind them the orders that the GP is working on.
var sources = [...]pathway.Source{
	pathway.FromPatient, pathway.FromConditions, pathway.FromObservations,
	pathway.FromEncounters, pathway.FromRequests, pathway.FromProcedures,
	pathway.FromDrafts,
}

// Keys are the prefetch keys, in the order in which they are read.
func Keys() []pathway.Source { return sources[: len(sources)-1 : len(sources)-1] }

// Record is what a call has of a patient's record: the resources under each
// key, walked over once where they stand in the bytes that came. A key that was
// not walked was not asked for.
//
// It is filled by one goroutine a key at most and given up to [Reader.Read].
type Record struct {
	terms *Terminology
	parts [len(sources)]part
}

// part is what stands under one key, on all its pages.
type part struct {
	given   bool // there is a value
	null    bool // and it is null
	entries []resource
	lost    int     // what stood in the place of a resource and was none
	outcome bool    // the value itself is an OperationOutcome
	more    bool    // there is a further page
	next    string  // its address, where it has one
	total   float64 // Bundle.total; −1 where it is not given
	odd     []Note
	err     error  // it is no resource, no Bundle and no list
	failure string // why a read from the server did not give all of it
}

var records = sync.Pool{New: func() any { return new(Record) }}

// Record begins the record of one call.
func (r *Reader) Record() *Record {
	record, ok := records.Get().(*Record)
	if !ok {
		record = new(Record)
	}
	record.terms = r.terms
	return record
}

// release gives the record back. What waits in the pool holds on to no bytes of
// a call, and to no more room than an ordinary one takes.
func (c *Record) release() {
	for i := range c.parts {
		room := c.parts[i].entries
		if clear(room); cap(room) > 1<<10 {
			room = nil
		}
		c.parts[i] = part{entries: room[:0]}
	}
	records.Put(c)
}

// of is the part of a key; nil for what is none.
func (c *Record) of(source pathway.Source) *part {
	if i := slices.Index(sources[:], source); i >= 0 {
		return &c.parts[i]
	}
	return nil
}

// Walk reads the value that dec comes to next as that of a key; what stands
// under any other key is passed over. It copies nothing: body, which is all that
// dec reads, stays as it is until the record has been read. Its error is
// that of dec; what is JSON and no resource, [Reader.Read] tells.
func (c *Record) Walk(source pathway.Source, dec *jsontext.Decoder, body []byte) error {
	w := walker{dec: dec, raw: body, outside: dec.StackDepth(), source: source, terms: c.terms, found: c.of(source)}
	if w.found == nil {
		return w.skip()
	}
	if !w.found.given { // the first page
		w.found.given, w.found.total = true, -1
	}
	return w.part()
}

// whole walks over a text that is the value of a key and nothing else.
func (c *Record) whole(source pathway.Source, text []byte) error {
	dec := jsontext.NewDecoder(bytes.NewBuffer(text), lenient())
	if err := c.Walk(source, dec, text); err != nil {
		return err
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return errShape
	}
	return nil
}

// failed reports whether the client or a server said that it tried in vain.
func (p *part) failed() bool {
	return p.outcome || slices.ContainsFunc(p.entries, func(r resource) bool { return r.is("OperationOutcome") && outcomeFails(r.raw) })
}

// rest reports whether there is more on a further page. One who failed is not
// asked for it again.
func (p *part) rest() bool { return p.more && !p.failed() }

// states are the states of the keys as far as their values tell before a look
// at what they hold.
func (c *Record) states() map[pathway.Source]State {
	states := make(map[pathway.Source]State, len(Keys()))
	for _, source := range Keys() {
		switch part := c.of(source); {
		case !part.given:
			states[source] = NotAsked
		case part.rest():
			states[source] = CutShort
		default:
			states[source] = Given
		}
	}
	return states
}

// home is the server that a fullUrl names; nothing for a URN.
func home(fullURL []byte) []byte {
	if !bytes.HasPrefix(fullURL, []byte("http")) {
		return nil
	}
	for range 2 { // id and type
		fullURL = fullURL[:max(bytes.LastIndexByte(fullURL, '/'), 0)]
	}
	return fullURL
}
