package ledger

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestAFullQueueDropsAndCountsAndWaitsForNobody(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		s := settings(newClock())
		s.Queue, s.Batch = 10, 4
		l := p.open(t, s)
		p.goDead(t)
		started := time.Now()
		for range 25 {
			l.Sent(newCard(l, "R-P6"))
		}
		if took := time.Since(started); took > 2*time.Second {
			t.Errorf("25 cards took %v of the caller's time", took)
		}
		if got := l.State(); got.Queue != 10 || got.Dropped != 15 || got.Written != 0 {
			t.Errorf("state %+v, want 10 waiting and 15 dropped", got)
		}
		p.comeBack(t)
		eventually(t, "all that waited are written", func() bool { s := l.State(); return s.Queue == 0 && s.Written == 10 && s.Reachable })
		if n := report(t, l).Total.Shown; n != 10 {
			t.Errorf("%d cards, want 10", n)
		}
	})
}

func TestADatabaseThatGoesAwayUnderLoadAndComesBack(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		s := settings(newClock())
		s.Timeout = 300 * time.Millisecond
		l := p.open(t, s)
		known := newCard(l, "R-P6")
		sent(t, l, known)

		var sentCards, stored, unavailable atomic.Int64
		var slowest atomic.Int64
		ctx, cancel := context.WithCancel(t.Context())
		var load sync.WaitGroup
		for range 4 {
			load.Go(func() {
				for ctx.Err() == nil {
					card := newCard(l, "R-N2")
					started := time.Now()
					l.Sent(card)
					slowest.Store(max(slowest.Load(), int64(time.Since(started))))
					sentCards.Add(1)
					got, err := l.Feedback(context.Background(), emr, view, []Feedback{accepted(card, time.Second, 0)})
					switch {
					case errors.Is(err, ErrUnavailable):
						unavailable.Add(1)
					case err != nil || got.Stored != 1:
						t.Errorf("%+v, %v", got, err)
					default:
						stored.Add(1)
					}
					time.Sleep(2 * time.Millisecond)
				}
			})
		}
		eventually(t, "load goes through", func() bool { return stored.Load() > 20 })

		p.goDead(t)
		eventually(t, "feedback is refused", func() bool { return unavailable.Load() > 3 })
		eventually(t, "the state says so", func() bool { return !l.State().Reachable && l.State().LastError != "" })
		if p.kind == postgres { // SQLite can still be read, and has the tokens in memory
			if _, err := l.Once(t.Context(), "issuer", "token", monday.Add(time.Hour)); !errors.Is(err, ErrUnavailable) {
				t.Errorf("Once: %v, want ErrUnavailable", err)
			}
			if _, err := l.Report(t.Context(), monday); !errors.Is(err, ErrUnavailable) {
				t.Errorf("Report: %v, want ErrUnavailable", err)
			}
		}
		if got := l.Dismissed(known.Mark); got != nil {
			t.Errorf("dismissed %v, want none, and no error", got)
		}
		p.comeBack(t)

		before := stored.Load()
		eventually(t, "feedback goes through again", func() bool { return stored.Load() > before+20 })
		cancel()
		load.Wait()
		eventually(t, "the state says so", func() bool { s := l.State(); return s.Reachable && s.Queue == 0 })
		if slowest := time.Duration(slowest.Load()); slowest > time.Second {
			t.Errorf("a card was held up for %v", slowest)
		}
		if r := report(t, l); int64(r.Total.Shown) != sentCards.Load()+1 || int64(r.Total.Accepted) < stored.Load() || r.Apart.Unknown != 0 {
			t.Errorf("%+v, apart %+v; %d cards were sent and %d feedback acknowledged", r.Total, r.Apart, sentCards.Load()+1, stored.Load())
		}
		if s := l.State(); s.Dropped != 0 {
			t.Errorf("%d dropped, want none", s.Dropped)
		}
	})
}

func TestOneCardThatTheDatabaseDoesNotTakeSpoilsNoBatch(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		s := settings(newClock())
		s.FlushEvery = time.Hour
		l := p.open(t, s)
		condition := "CHECK (rule <> 'R-BAD')"
		if p.kind == postgres {
			_, err := p.raw(t).ExecContext(t.Context(), "ALTER TABLE card ADD "+condition)
			must(t, err)
		} else {
			_, err := p.raw(t).ExecContext(t.Context(), "CREATE TRIGGER bad BEFORE INSERT ON card WHEN NEW.rule = 'R-BAD' BEGIN SELECT RAISE(ABORT, 'bad'); END")
			must(t, err)
		}
		sent(t, l, newCard(l, "R-P6"), newCard(l, "R-BAD"), newCard(l, "R-P6"))
		if s := l.State(); s.Written != 2 || s.Dropped != 1 || s.Queue != 0 {
			t.Errorf("state %+v, want 2 written and 1 dropped", s)
		}
	})
}

func TestCloseLosesNothingAndSaysWhatItCannotSave(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		s := settings(newClock())
		s.FlushEvery = time.Hour
		s.Batch = 7
		l := p.open(t, s)
		for range 100 {
			l.Sent(newCard(l, "R-P6"))
		}
		must(t, closed(l))
		must(t, closed(l)) // twice is once
		l.Sent(newCard(l, "R-P6"))
		if s := l.State(); s.Dropped != 1 || s.Written != 100 {
			t.Errorf("state %+v, want the card after Close dropped", s)
		}
		if _, err := l.Feedback(t.Context(), emr, view, []Feedback{{Card: "x", Outcome: "accepted"}}); !errors.Is(err, ErrUnavailable) {
			t.Errorf("feedback after Close: %v, want ErrUnavailable", err)
		}
		if n := p.number(t, "SELECT COUNT(*) FROM card"); n != 100 {
			t.Errorf("%d cards, want 100", n)
		}

		l, err := Open(t.Context(), p.url, s)
		must(t, err)
		p.goDead(t)
		l.Sent(newCard(l, "R-P6"))
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		err = l.Close(ctx)
		p.comeBack(t)
		if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "1 cards were not written") {
			t.Errorf("Close with a dead database: %v", err)
		}
	})
}

func TestADeadDatabaseRefusesNoTokenThatItNeedNot(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		s := settings(newClock())
		s.Timeout = 300 * time.Millisecond
		l := p.open(t, s)
		f := &Fallback{Ledger: l, Memory: &memory{seen: map[string]bool{}}}
		once := func(what, jti string, want bool) {
			t.Helper()
			if got, err := f.Once(t.Context(), "issuer", jti, monday.Add(time.Hour)); err != nil || got != want {
				t.Errorf("%s: %v, %v, want %v", what, got, err, want)
			}
		}
		once("at first", "a", true)
		once("again", "a", false)
		_, err := l.Once(t.Context(), "issuer", "b", monday.Add(time.Hour))
		must(t, err)
		once("used in another process", "b", false)
		p.goDead(t)
		once("with a dead database", "c", true)
		once("again", "c", false)
		alone := uint64(2)
		if p.kind == sqlite {
			alone = 0 // its tokens are in memory, and written later
		}
		eventually(t, "the state says so", func() bool { return !l.State().Reachable })
		started := time.Now()
		once("known to be dead", "d", true)
		if took := time.Since(started); took > onceTimeout/2 {
			t.Errorf("waited %v for a database known to be dead", took)
		}
		p.comeBack(t)
		eventually(t, "the state says so", func() bool { return l.State().Reachable })
		once("let in meanwhile", "c", false)
		once("new", "e", true)
		if f.Alone() != alone {
			t.Errorf("%d let in without the ledger, want %d", f.Alone(), alone)
		}
	})
}

// memory is a Memory.
type memory struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (m *memory) Once(_ context.Context, issuer, jti string, _ time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	first := !m.seen[issuer+" "+jti]
	m.seen[issuer+" "+jti] = true
	return first, nil
}

func TestALedgerCannotBeOpenedAtADeadDatabase(t *testing.T) {
	s := settings(newClock())
	_, err := Open(t.Context(), "postgres://rygkort:hemmeligt@127.0.0.1:1/rygkort", s)
	if !errors.Is(err, ErrUnavailable) || strings.Contains(err.Error(), "hemmeligt") {
		t.Errorf("%v, want ErrUnavailable without the password", err)
	}
	if _, err := Open(t.Context(), "sqlite:"+t.TempDir()+"/no/such/folder.db", s); err == nil {
		t.Error("a file in a folder that is not there was opened")
	}
}

func TestADatabaseThatSaysNoIsNotWaitedFor(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		if p.kind == postgres {
			p.url = p.server.url("no_such_database")
		} else {
			must(t, os.WriteFile(p.path, []byte(strings.Repeat("this is no database ", 100)), 0o600))
		}
		_, err := Open(t.Context(), p.url, settings(newClock()))
		if err == nil || errors.Is(err, ErrUnavailable) {
			t.Errorf("%v, want an error that does not go away", err)
		}
	})
}
