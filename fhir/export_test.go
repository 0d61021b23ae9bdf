package fhir

import (
	"context"
	"net"
	"net/netip"
	"net/url"

	"github.com/go-json-experiment/json/jsontext"

	"rygkort/pathway"
)

// Put walks over a value as if it were all there is under its key. What breaks
// off keeps what was found before.
func (c *Record) Put(source pathway.Source, value jsontext.Value) {
	if err := c.whole(source, value); err != nil && c.of(source) != nil {
		c.of(source).err = err
	}
}

// Allows reports whether a server of that reach may have an address.
func (r Reach) Allows(address netip.Addr) bool { return r.allows(address) }

// Query is the address of a query at a server.
func (s *Server) Query(template, patient string) *url.URL { return s.query(template, patient) }

// Resolve has a fetcher look names up otherwise. What is done with the addresses
// stays as it is.
func (f *Fetcher) Resolve(resolver *net.Resolver) {
	for reach, transport := range f.transports {
		dialer := reach.dialer()
		dialer.Resolver = resolver
		transport.DialContext = dialer.DialContext
	}
}

// Watch tells a test of each address that a fetcher connects to, before it does.
func (f *Fetcher) Watch(dialed func(address string)) {
	for _, transport := range f.transports {
		dial := transport.DialContext
		transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			dialed(address)
			return dial(ctx, network, address)
		}
	}
}
