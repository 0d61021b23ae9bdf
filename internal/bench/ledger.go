package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"rygkort/hooks"
	"rygkort/internal/ledger"
	"rygkort/internal/trust"
)

// The service in pairs, without a ledger and with one in a SQLite file, which with
// tokens is given those that were used as well.
const (
	kept       kind = "service, ledger"
	known      kind = "service, tokens"
	knownKept  kind = "service, tokens, ledger"
	mostSlower      = 1.05 // what a ledger may make of the median call
)

func (k kind) keeps() bool { return k == kept || k == knownKept }
func (k kind) asks() bool  { return k == known || k == knownKept }

// pairs are compared; crowdsOfPairs load them.
var (
	pairs         = [][2]kind{{whole, kept}, {known, knownKept}}
	crowdsOfPairs = []int{1, 8}
)

// equip lets a service keep a ledger and ask for tokens, as its kind does. It
// returns what waits until all is written and what ends it.
func (k kind) equip(config *hooks.Config, keySet []byte) (settle func(), end func() error, err error) {
	settle, end = func() {}, func() error { return nil }
	memory := trust.NewReplayMemory(time.Now, 0)
	var replay trust.Replay = memory
	if k.keeps() {
		folder, err := os.MkdirTemp("", "bench-ledger")
		if err != nil {
			return settle, end, err
		}
		opened, err := ledger.Open(context.Background(), "sqlite:"+filepath.Join(folder, "rygkort.db"), ledger.Settings{Clock: time.Now})
		if err != nil {
			return settle, end, errors.Join(err, os.RemoveAll(folder))
		}
		config.Ledger, replay = opened, &ledger.Fallback{Ledger: opened, Memory: memory}
		settle = func() {
			for opened.State().Queue > 0 {
				time.Sleep(10 * time.Millisecond)
			}
		}
		end = func() error { return errors.Join(opened.Close(context.Background()), os.RemoveAll(folder)) }
	}
	if k.asks() {
		clients := []trust.Client{{Name: "emr", Issuer: issuer, KeySet: keySet}}
		gate, err := trust.New(trust.Settings{Clients: clients, Replay: replay, Clock: time.Now})
		if err != nil {
			return settle, end, errors.Join(err, end())
		}
		config.Gate, config.Clients = gate, map[string]*hooks.Client{"emr": {Name: "emr", Servers: hooks.NoServers{}}}
	}
	return settle, end, nil
}

const issuer = "https://ehr.example"

// signer is the client that signs.
type signer struct{ key *ecdsa.PrivateKey }

func newSigner() (signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return signer{key}, err
}

func base64url(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

func (s signer) keySet() (string, error) {
	point, err := s.key.PublicKey.Bytes()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(`{"keys":[{"kty":"EC","crv":"P-256","kid":"1","x":%q,"y":%q}]}`, base64url(point[1:33]), base64url(point[33:])), nil
}

// sign puts a token of its own into a call.
func (s signer) sign(post []byte, address string) ([]byte, error) {
	now := time.Now().Unix()
	input := base64url([]byte(`{"typ":"JWT","alg":"ES256","kid":"1"}`)) + "." +
		base64url(fmt.Appendf(nil, `{"iss":%q,"aud":"http://%s/cds-services/%s","jti":%q,"iat":%d,"exp":%d}`, issuer, address, service, rand.Text(), now, now+240))
	sum := sha256.Sum256([]byte(input))
	r, v, err := ecdsa.Sign(rand.Reader, s.key, sum[:])
	if err != nil {
		return nil, err
	}
	token := input + "." + base64url(append(r.FillBytes(make([]byte, 32)), v.FillBytes(make([]byte, 32))...))
	return bytes.Replace(post, []byte("\r\n\r\n"), []byte("\r\nAuthorization: Bearer "+token+"\r\n\r\n"), 1), nil
}

// pair is a row: the service without a ledger and with one.
type pair struct {
	body    body
	crowd   int
	kinds   [2]kind
	figures [2]figures // medians over rounds
	p50     float64    // median over rounds of with to without
	cpu     float64
}

// measureLedger compares the services of each pair with every body.
func measureLedger(ctx context.Context, p plan, bodies []body) (rows []pair, err error) {
	for _, b := range bodies {
		for _, kinds := range pairs {
			more, err := p.measurePair(ctx, b, kinds)
			if ctx.Err() != nil {
				return nil, errors.New("interrupted")
			}
			if err != nil {
				return nil, err
			}
			rows = append(rows, more...)
		}
	}
	return rows, nil
}

// measurePair loads both, one right after the other and each as often the first,
// so that what neighbours do on the machine falls on both.
func (p plan) measurePair(ctx context.Context, b body, kinds [2]kind) (rows []pair, err error) {
	var loads []load
	defer func() {
		for _, l := range loads {
			hangUp(l.callers)
			err = errors.Join(err, l.server.stop())
		}
	}()
	for _, k := range kinds {
		l, err := prepareKind(ctx, k, b)
		if l.server != nil {
			loads = append(loads, l)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, crowd := range crowdsOfPairs { // warm-up
		for _, l := range loads {
			if _, err := l.round(crowd, p.calls(b, whole)/2+1); err != nil {
				return nil, err
			}
		}
	}
	for _, crowd := range crowdsOfPairs {
		rounds := [2][]figures{}
		for round := range p.rounds {
			for turn := range loads {
				i := (round + turn) % 2
				f, err := loads[i].round(crowd, p.calls(b, whole))
				if err != nil {
					return nil, err
				}
				rounds[i] = append(rounds[i], f)
			}
		}
		rows = append(rows, pair{
			body: b, crowd: crowd, kinds: kinds, figures: [2]figures{medians(rounds[0]), medians(rounds[1])},
			p50: medianRatio(rounds, func(f figures) time.Duration { return f.p50 }),
			cpu: medianRatio(rounds, func(f figures) time.Duration { return f.cpu }),
		})
	}
	return rows, nil
}

// medianRatio is that of the second to the first of each round.
func medianRatio(rounds [2][]figures, of func(figures) time.Duration) float64 {
	ratios := make([]float64, len(rounds[0]))
	for i := range ratios {
		ratios[i] = float64(of(rounds[1][i])) / float64(max(of(rounds[0][i]), 1))
	}
	slices.Sort(ratios)
	middle := len(ratios) / 2
	if len(ratios)%2 == 0 {
		return (ratios[middle-1] + ratios[middle]) / 2
	}
	return ratios[middle]
}

// prepareKind starts a service of one kind.
func prepareKind(ctx context.Context, k kind, b body) (l load, err error) {
	keySet := ""
	l.post = post(b)
	if k.asks() {
		s, err := newSigner()
		if err != nil {
			return l, err
		}
		if keySet, err = s.keySet(); err != nil {
			return l, err
		}
		l.signer = &s
	}
	if l.server, err = start(ctx, k, keySet); err != nil {
		return l, err
	}
	if l.callers, err = l.server.callers(ctx); err != nil {
		return l, err
	}
	first, err := l.posts(1)
	if err != nil {
		return l, err
	}
	answer, err := l.callers[0].call(first[0])
	if err != nil {
		return l, err
	}
	l.rules, err = rulesOf(answer)
	return l, err
}

// writePairs prints what was measured.
func writePairs(w io.Writer, p plan, rows []pair, busy string, markdown bool) error {
	put := putAligned
	if markdown {
		put = putMarkdown
	}
	table := [][]string{{"body", "callers", "server", "p50 ms", "with ledger", "ratio", fmt.Sprintf("at most %.2f", mostSlower), "CPU µs/call", "with ledger", "ratio"}}
	ms := func(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()*1000) }
	for _, row := range rows {
		verdict := "met"
		if row.p50 > mostSlower {
			verdict = "missed"
		}
		table = append(table, []string{
			row.body.name, fmt.Sprint(row.crowd), string(row.kinds[0]), ms(row.figures[0].p50), ms(row.figures[1].p50), fmt.Sprintf("%.3f", row.p50), verdict,
			fmt.Sprint(row.figures[0].cpu.Microseconds()), fmt.Sprint(row.figures[1].cpu.Microseconds()), fmt.Sprintf("%.3f", row.cpu),
		})
	}
	_, err := fmt.Fprintf(w, "%s, load average before %s. Medians over rounds: %d. Calls in a round: %d with 6 kB, %d with 150 kB. Ratios are medians of those of each round. The ledger is a SQLite file.\n\n",
		processor(), busy, p.rounds, p.smallCalls, p.largeCalls)
	return errors.Join(err, put(w, table))
}
