package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/sync/errgroup"
)

// crowds are how many callers there are at a time. Each has a connection and
// calls again as soon as it is answered.
var crowds = []int{1, 8, 64}

// patience is how long a caller waits before a call has failed.
const patience = 30 * time.Second

// caller is one connection that is kept alive.
type caller struct {
	conn net.Conn
	read *bufio.Reader
}

// callers connects as many as there ever are at a time.
func (s *server) callers(ctx context.Context) (made []caller, err error) {
	for range slices.Max(crowds) {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.address)
		if err != nil {
			hangUp(made)
			return nil, err
		}
		made = append(made, caller{conn, bufio.NewReader(conn)})
	}
	return made, nil
}

func hangUp(callers []caller) {
	for _, c := range callers {
		c.conn.Close()
	}
}

// post is the bytes of a call. They are made once, so that a caller takes little
// of the time that it shares with the server.
func post(b body) []byte {
	return fmt.Appendf(nil, "POST /cds-services/%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", service, len(b.text), b.text)
}

// call makes one call and returns what came back.
func (c caller) call(post []byte) ([]byte, error) {
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if _, err := c.conn.Write(post); err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(c.read, nil)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %s", response.StatusCode, answer)
	}
	return answer, err
}

// rulesOf are the ids of the rules of an answer's cards, in order.
func rulesOf(answer []byte) ([]string, error) {
	var said struct {
		Cards []struct {
			Extension struct {
				Decision struct {
					Rules []string `json:"rules"`
				} `json:"example.rygkort.decision"`
			} `json:"extension"`
		} `json:"cards"`
	}
	if err := json.Unmarshal(answer, &said); err != nil {
		return nil, fmt.Errorf("no answer: %w", err)
	}
	var rules []string
	for _, card := range said.Cards {
		rules = append(rules, card.Extension.Decision.Rules...)
	}
	if len(rules) == 0 {
		return nil, errors.New("no cards, so rendering is not measured")
	}
	return rules, nil
}

// load is one server under load with one body.
type load struct {
	server  *server
	callers []caller
	post    []byte
	signer  *signer  // of the server's client; nil: no tokens
	rules   []string // of the right answer
}

// posts are the bytes of so many calls, each with a token of its own where the
// server asks for one.
func (l load) posts(calls int) (posts [][]byte, err error) {
	posts = make([][]byte, calls)
	for i := range posts {
		posts[i] = l.post
		if l.signer == nil {
			continue
		}
		if posts[i], err = l.signer.sign(l.post, l.server.address); err != nil {
			return nil, err
		}
	}
	return posts, nil
}

// figures are what a round showed, or the medians of several.
type figures struct {
	rate     float64       // calls a second
	p50, p99 time.Duration // from the first byte sent to the last received
	cpu      time.Duration // of the server, a call
	allocs   float64       // a call
	memory   memory        // at the end
}

// round makes so many calls by so many callers and checks every answer.
func (l load) round(crowd, calls int) (figures, error) {
	posts, err := l.posts(calls)
	if err != nil {
		return figures{}, err
	}
	before, err := l.server.usage()
	if err != nil {
		return figures{}, err
	}
	var group errgroup.Group
	var taken atomic.Int64
	took, answers := make([]time.Duration, calls), make([][]byte, calls)
	began := time.Now()
	for _, c := range l.callers[:crowd] {
		group.Go(func() error {
			for i := taken.Add(1) - 1; i < int64(calls); i = taken.Add(1) - 1 {
				sent := time.Now()
				answer, err := c.call(posts[i])
				if err != nil {
					return fmt.Errorf("a call to the %s failed: %w", l.server.kind, err)
				}
				took[i], answers[i] = time.Since(sent), answer
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return figures{}, err
	}
	all := time.Since(began)
	after, err := l.server.usage()
	if err != nil {
		return figures{}, err
	}
	for _, answer := range answers {
		rules, err := rulesOf(answer)
		if err != nil {
			return figures{}, fmt.Errorf("the %s: %w", l.server.kind, err)
		}
		if !slices.Equal(rules, l.rules) {
			return figures{}, fmt.Errorf("the %s answered with rules %v, want %v", l.server.kind, rules, l.rules)
		}
	}
	slices.Sort(took)
	return figures{
		rate: float64(calls) / all.Seconds(), p50: took[calls/2], p99: took[calls*99/100],
		cpu:    (after.cpu - before.cpu) / time.Duration(calls),
		allocs: float64(after.mallocs-before.mallocs) / float64(calls),
		memory: after.memory,
	}, nil
}

// medians are those of each figure over rounds; of the peak of memory, which
// never falls, it is the last.
func medians(rounds []figures) figures {
	return figures{
		rate:   median(rounds, func(f figures) float64 { return f.rate }),
		p50:    median(rounds, func(f figures) time.Duration { return f.p50 }),
		p99:    median(rounds, func(f figures) time.Duration { return f.p99 }),
		cpu:    median(rounds, func(f figures) time.Duration { return f.cpu }),
		allocs: median(rounds, func(f figures) float64 { return f.allocs }),
		memory: memory{median(rounds, func(f figures) int64 { return f.memory.now }), rounds[len(rounds)-1].memory.peak},
	}
}

func median[T int64 | float64 | time.Duration](rounds []figures, of func(figures) T) T {
	values := make([]T, len(rounds))
	for i, f := range rounds {
		values[i] = of(f)
	}
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 0 {
		return (values[middle-1] + values[middle]) / 2
	}
	return values[middle]
}
