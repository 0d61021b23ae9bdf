package fhir_test

import (
	"context"
	"encoding/binary"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"rygkort/fhir"
	"rygkort/pathway"
)

// R61, V3-11: the token opens a patient's record. It reaches the origin that the call names
// and nobody else: not by a page, not by a redirect, not by a name that means
// another address by then.
func TestTheTokenReachesNobodyElse(t *testing.T) {
	for name, address := range map[string]string{
		"another port":              "http://127.0.0.1:OTHER/fhir/Condition?page=9",
		"another host":              "http://localhost:OWN/fhir/Condition?page=9",
		"another host and port":     "http://localhost:OTHER/fhir/Condition?page=9",
		"another host, no scheme":   "//localhost:OTHER/fhir/Condition?page=9",
		"another scheme":            "https://127.0.0.1:OWN/fhir/Condition?page=9",
		"no scheme of the web":      "ftp://127.0.0.1:OWN/fhir/Condition?page=9",
		"a user":                    "http://user@127.0.0.1:OWN/fhir/Condition?page=9",
		"a user and a password":     "http://user:pass@127.0.0.1:OWN/fhir/Condition?page=9",
		"a user that looks like us": "http://127.0.0.1:OWN@127.0.0.1:OTHER/fhir",
		"no host":                   "http:/fhir/Condition?page=9",
		"no host, opaque":           "http:Condition?page=9",
		"data":                      "data:application/fhir+json,{}",
		"javascript":                "javascript:alert(1)",
	} {
		for way, answer := range map[string]func(w http.ResponseWriter, r *http.Request, to string){
			"next": func(w http.ResponseWriter, _ *http.Request, to string) { say(w, pageOf(t, to, retention())) },
			"a redirect": func(w http.ResponseWriter, r *http.Request, to string) {
				if r.URL.RawQuery == "patient=p1" {
					say(w, pageOf(t, "?page=2", retention()))
					return
				}
				w.Header().Set("Location", to)
				w.WriteHeader(http.StatusTemporaryRedirect)
			},
			"a redirect behind a redirect": func(w http.ResponseWriter, r *http.Request, to string) {
				switch r.URL.RawQuery {
				case "patient=p1":
					say(w, pageOf(t, "?page=2", retention()))
				case "page=2":
					http.Redirect(w, r, "?page=3", http.StatusFound)
				default:
					w.Header().Set("Location", to)
					w.WriteHeader(http.StatusFound)
				}
			},
		} {
			t.Run(way+" to "+name, func(t *testing.T) {
				other := newEHR(t, func(http.ResponseWriter, *http.Request) {})
				var to string
				e := newEHR(t, func(w http.ResponseWriter, r *http.Request) { answer(w, r, to) })
				to = strings.NewReplacer("OWN", port(t, e), "OTHER", port(t, other)).Replace(address)
				r := ask(t.Context(), t, fetcher(t, fhir.Limits{}), e.server(), pathway.FromConditions)
				gap := wantGap(t, r, pathway.FromConditions, fhir.ReasonElsewhere)
				if !gap.Whole || !findsRetention(r) {
					t.Errorf("%+v, the red flag before it was read: %v", gap, findsRetention(r))
				}
				same(t, "asked of the other", []string{}, other.asked())
				for _, uri := range e.asked() {
					if strings.Contains(to, uri) && strings.Contains(to, port(t, e)) {
						t.Errorf("followed with user info or under another name: %s", uri)
					}
				}
			})
		}
	}
}

func port(t testing.TB, e *ehr) string {
	t.Helper()
	return address(t, e.URL).Port()
}

// names is a name server that answers each lookup of a name with the next of
// its addresses, and the last one again and again.
func names(t testing.TB, addresses ...string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	t.Cleanup(func() {
		conn.Close()
		done.Wait()
	})
	done.Go(func() {
		packet := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(packet)
			if err != nil {
				return
			}
			answer := noSuch(packet[:n])
			if isA := binary.BigEndian.Uint16(answer[len(answer)-4:]) == 1; isA {
				answer = withAddress(answer, netip.MustParseAddr(addresses[0]))
				addresses = addresses[min(1, len(addresses)-1):]
			}
			if _, err := conn.WriteTo(answer, from); err != nil {
				return
			}
		}
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// noSuch answers a question of DNS (RFC 1035, 4.1) with nothing.
func noSuch(question []byte) []byte {
	end := 12
	for question[end] != 0 {
		end += int(question[end]) + 1
	}
	answer := append([]byte{}, question[:end+5]...)
	answer[2], answer[3] = 0x84, 0 // an answer, with authority
	copy(answer[4:12], []byte{0, 1, 0, 0, 0, 0, 0, 0})
	return answer
}

// withAddress adds an address to it that may not be kept.
func withAddress(answer []byte, address netip.Addr) []byte {
	answer[7] = 1
	answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
	four := address.As4()
	return append(answer, four[:]...)
}

// The name means this machine when the first page is read, and another address
// when the second is: the connection for it is not made.
func TestANameThatMeansAnotherAddressByThenLeadsNowhere(t *testing.T) {
	for _, second := range []string{"169.254.169.254", "10.0.0.1", "203.0.113.7", "0.0.0.0", "255.255.255.255"} {
		t.Run(second, func(t *testing.T) {
			e := newEHR(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Connection", "close") // or the next page would come over it
				say(w, pageOf(t, "?page=2", retention()))
			})
			server := e.server()
			server.Base.Host = "ehr.example:" + port(t, e)
			f := fetcher(t, fhir.Limits{})
			f.Resolve(names(t, "127.0.0.1", second))
			r := ask(t.Context(), t, f, server, pathway.FromConditions)
			gap := wantGap(t, r, pathway.FromConditions, fhir.ReasonAddress)
			if !gap.Whole || !findsRetention(r) {
				t.Errorf("%+v, the red flag before it was read: %v", gap, findsRetention(r))
			}
			same(t, "asked for", []string{"/fhir/Condition?patient=p1"}, e.asked())
		})
	}
}

func TestAPublicNameThatMeansAnAddressInsideIsRefused(t *testing.T) {
	for _, inside := range []string{"127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"} {
		t.Run(inside, func(t *testing.T) {
			e := newEHR(t, func(http.ResponseWriter, *http.Request) {})
			server := e.server()
			server.Base.Host, server.Reach = "ehr.example:"+port(t, e), fhir.ReachPublic
			f := fetcher(t, fhir.Limits{})
			f.Resolve(names(t, inside))
			r := ask(t.Context(), t, f, server, fhir.Keys()...)
			for _, gap := range r.Chart.Gaps {
				same(t, string(gap.Source), fhir.ReasonAddress, gap.Reason)
			}
			same(t, "gaps", len(fhir.Keys()), len(r.Chart.Gaps))
			same(t, "asked for", []string{}, e.asked())
		})
	}
}

// A name server that says nothing is waited for as long as the call has, and
// then let go of.
func TestALookupThatDoesNotEndIsGivenUp(t *testing.T) {
	t.Parallel()
	given := make(chan struct{})
	var once sync.Once
	f := fetcher(t, fhir.Limits{})
	f.Resolve(&net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		once.Do(func() { close(given) })
		return nil, ctx.Err()
	}})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	server := &fhir.Server{Base: address(t, "https://ehr.example/fhir"), Reach: fhir.ReachPublic}
	wantGap(t, ask(ctx, t, f, server, pathway.FromConditions), pathway.FromConditions, fhir.ReasonTooLate)
	select {
	case <-given:
	case <-time.After(20 * time.Second):
		t.Error("it goes on after the call")
	}
}
