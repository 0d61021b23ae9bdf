package fhir_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rygkort/fhir"
	"rygkort/pathway"
)

// reasons are all that a key may be a gap for.
var reasons = []string{
	fhir.ReasonNotAllowed, fhir.ReasonOtherPatient, fhir.ReasonToken, fhir.ReasonTooLate, fhir.ReasonGivenUp,
	fhir.ReasonUnreachable, fhir.ReasonUntrusted, fhir.ReasonAddress, fhir.ReasonBrokeOff, fhir.ReasonNotJSON,
	fhir.ReasonRedirected, fhir.ReasonElsewhere, fhir.ReasonRound, fhir.ReasonManyPages, fhir.ReasonManyEntries,
	fhir.ReasonManyBytes, fhir.ReasonResting, fhir.ReasonBusy,
	fhir.ReasonNotGiven, fhir.ReasonFailed, fhir.ReasonCutShort, fhir.ReasonNoResource, fhir.ReasonOtherType, fhir.ReasonForeign,
}

func isReason(text string) bool {
	status, is := strings.CutPrefix(text, fhir.ReasonStatus)
	return slices.Contains(reasons, text) || is && len(status) <= 3
}

// script is what a server says, answer by answer, in raw bytes.
type script struct {
	mu     sync.Mutex
	says   [][]byte
	served [][]byte
}

func (s *script) next() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	said := []byte("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
	if len(s.says) > 0 {
		said, s.says = s.says[0], s.says[1:]
	}
	s.served = append(s.served, said)
	return said
}

func written(body string) []byte {
	return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// complete reports whether an answer, taken for the last page, could be all of
// it: by Go's reader of HTTP and the members of a Bundle alone.
func complete(said []byte) bool {
	response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(said)), nil)
	if err != nil || response.StatusCode/100 == 1 {
		return err == nil // another answer follows on an informational one, and is not looked for here
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return false
	}
	lenient := json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var whole jsontext.Value
	if json.Unmarshal(body, &whole, lenient) != nil || whole.Kind() != '{' && whole.Kind() != '[' {
		return false
	}
	var bundle struct {
		ResourceType string `json:"resourceType"`
		Link         []struct {
			Relation string `json:"relation"`
		} `json:"link"`
	}
	if json.Unmarshal(body, &bundle, lenient) != nil {
		return true // a Bundle otherwise written: nothing is known of it here
	}
	return bundle.ResourceType != "OperationOutcome" &&
		(bundle.ResourceType != "Bundle" || len(bundle.Link) == 0 || bundle.Link[len(bundle.Link)-1].Relation != "next")
}

// FuzzPages lets a server say anything: status, headers, body and where the next
// page is. Nothing panics, it ends in time, nobody else is asked, and a key
// counts as had only where its last page was.
func FuzzPages(f *testing.F) {
	last := pageOf(f, "", condition("back", icpc2, "L84"))
	for _, head := range []string{
		"200 OK\r\nContent-Type: application/fhir+json", "200 OK", "200", "200 OK\r\nContent-Type: text/html", "204 No Content",
		"301 Moved\r\nLocation: /fhir/Condition?page=3", "302 Found\r\nLocation: http://ELSEWHERE/fhir", "307 x\r\nLocation: //ELSEWHERE/",
		"302 Found\r\nLocation: Condition?patient=p1", "302 Found\r\nLocation: %zz", "302 Found", "308 x\r\nLocation: http://a:b@HOST/fhir",
		"401 x", "403 x", "404 x", "429 x\r\nRetry-After: 0", "429 x\r\nRetry-After: Mon, 23 Nov 2026 07:00:00 GMT", "503 x\r\nRetry-After: 9999999", "500 x",
		"100 Continue", "101 x", "103 Early\r\nLink: <x>", "999 x", "x", "200 OK\r\nContent-Length: 9", "200 OK\r\nContent-Length: 999999999999",
		"200 OK\r\nTransfer-Encoding: chunked", "200 OK\r\nContent-Encoding: gzip", "200 OK\r\nX: " + strings.Repeat("y", 70<<10), "200 OK\r\nSet-Cookie: a=b",
	} {
		f.Add([]byte(head), []byte(last), "?page=2", uint8(1))
	}
	for _, body := range []string{
		last, "", "null", "nul\xe8", "null x", "5", "5 x", "[]", "{}", "[", `{"resourceType":"Bundle"}`, `{"resourceType":"Bundle","link":[{"relation":"next","url":"?page=4"}]}`,
		`{"resourceType":"Bundle","total":9}`, `{"resourceType":"OperationOutcome","issue":[{"severity":"error"}]}`, `{"resourceType":"Patient","id":"p2"}`,
		`{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p2"}}`, "<html>", "\ufeff{}", last + last, strings.Repeat("[", 11_000), "\x1f\x8b\x08\x00",
	} {
		f.Add([]byte("200 OK\r\nContent-Type: application/json"), []byte(body), "Condition?page=2", uint8(0))
		f.Add([]byte("200 OK\r\nContent-Type: application/json"), []byte(body), "http://HOST/fhir/Condition?page=2", uint8(3))
	}
	for _, next := range []string{
		"", "#", " ", "?", "http://ELSEWHERE/", "//ELSEWHERE/x", "https://HOST/", "http://HOST@ELSEWHERE/", "http://a:b@HOST/", "ftp://HOST/", "http:x",
		"http://HOST:80/", "../../..", "\\\\ELSEWHERE\\x", "http://[::1]/", "http://127.0.0.1:1/", "http://169.254.169.254/latest", "http://HOST\r\nX: y/", "%00", "\x00", "?a\nb",
	} {
		f.Add([]byte("200 OK"), []byte(last), next, uint8(1))
		f.Add([]byte("200 OK"), []byte(last), next, uint8(2))
	}
	log.SetOutput(io.Discard) // net/http itself says what came after the end of an answer
	f.Cleanup(func() { log.SetOutput(os.Stderr) })
	var mu sync.Mutex
	now := &script{}
	e := newEHR(f, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		says := now
		mu.Unlock()
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprintf(conn, "%s", says.next())
	})
	elsewhere := newEHR(f, func(http.ResponseWriter, *http.Request) {})
	f.Fuzz(func(t *testing.T, head, body []byte, next string, how uint8) {
		named := strings.NewReplacer("ELSEWHERE", elsewhere.Listener.Addr().String(), "HOST", e.Listener.Addr().String())
		next = strings.ToValidUTF8(named.Replace(next), "?")
		raw := fmt.Appendf(nil, "HTTP/1.1 %s\r\n\r\n%s", named.Replace(string(head)), body)
		first := string(encoded(t, searched([]any{retention()}, set("link", object{"relation": "next", "url": next}))))
		says := &script{says: [][]byte{raw, written(last)}}
		if how&1 != 0 { // it begins well
			says.says = append([][]byte{written(first)}, says.says...)
		}
		keys := prefetch{}
		for _, source := range fhir.Keys() {
			keys[source] = nil
		}
		if delete(keys, pathway.FromConditions); how&2 != 0 { // or the client read the first page
			keys[pathway.FromConditions] = jsontext.Value(first)
		}
		mu.Lock()
		now = says
		mu.Unlock()

		fetcher := fhir.NewFetcher(fhir.Limits{Pages: 5, Entries: 100, Bytes: 1 << 20}, nil, time.Now)
		defer fetcher.Close()
		fetcher.Watch(func(address string) {
			if address != e.Listener.Addr().String() {
				t.Errorf("connected to %s", address)
			}
		})
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		began := time.Now()
		r := askBeside(ctx, t, fetcher, e.server(), keys)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it took %s", took)
		}

		whole := false
		for _, gap := range r.Chart.Gaps {
			if whole = whole || gap.Whole; gap.Whole && (!isReason(gap.Reason) || gap.Source != pathway.FromConditions) {
				t.Errorf("%+v", gap)
			}
		}
		if said := fmt.Sprintf("%+v %+v %+v", r.Fetches, r.Chart.Gaps, r.Notes); strings.Contains(said, bearer) {
			t.Errorf("the token is said: %s", said)
		}
		if fetch := oneFetch(t, r); fetch.Reason != "" && !whole {
			t.Errorf("%+v, and no gap", fetch)
		}
		if n := len(says.served); !whole && (n == 0 || !complete(says.served[n-1])) {
			t.Errorf("not all was read, and there is no gap: %+v\n%.300q", r.Fetches, says.served)
		}
		if how&3 != 0 && (how&2 != 0 || len(says.served) > 0) && !findsRetention(r) {
			t.Errorf("the red flag of the first page was lost: %+v", r.Chart.Gaps)
		}
	})
}
