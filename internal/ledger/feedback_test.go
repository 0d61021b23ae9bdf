package ledger

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTheSameFeedbackTwiceIsStoredOnce(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		l := p.open(t, settings(newClock()))
		card := newCard(l, "R-P6")
		sent(t, l, card)
		one := accepted(card, time.Minute, 0, 1)
		other := one
		other.Suggestions = []string{one.Suggestions[1], one.Suggestions[0]}
		other.At = one.At.In(time.UTC)
		other.Comment = "another comment makes no other answer"

		for _, step := range []struct {
			what  string
			array []Feedback
			want  Receipt
		}{
			{"at first", []Feedback{one}, Receipt{Stored: 1}},
			{"again", []Feedback{one}, Receipt{Repeated: 1}},
			{"the suggestions in another order, the time in another zone", []Feedback{other}, Receipt{Repeated: 1}},
			{"three times in one array", []Feedback{one, one, other}, Receipt{Repeated: 3}},
			{"no entry", nil, Receipt{}},
			{"twice in one array, new", []Feedback{accepted(card, time.Hour, 0), accepted(card, time.Hour, 0)}, Receipt{Stored: 1, Repeated: 1}},
		} {
			got, err := l.Feedback(t.Context(), emr, view, step.array)
			if err != nil || got != step.want {
				t.Errorf("%s: %+v, %v, want %+v", step.what, got, err, step.want)
			}
		}
		if n := p.number(t, "SELECT COUNT(*) FROM feedback"); n != 2 {
			t.Errorf("%d entries are stored, want 2", n)
		}
		if n := p.number(t, "SELECT COUNT(*) FROM accepted"); n != 3 {
			t.Errorf("%d accepted suggestions are stored, want 3", n)
		}
	})
}

func TestAFaultInTheThirdEntryLeavesNothing(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		l := p.open(t, settings(newClock()))
		a, b, c := newCard(l, "R-P1"), newCard(l, "R-P2"), newCard(l, "R-P3")
		sent(t, l, a, b, c)
		bad := accepted(c, time.Minute, 0)
		bad.Outcome = "ignored"
		stranger := Feedback{Card: "nobody's", Outcome: "overridden", At: monday}

		_, err := l.Feedback(t.Context(), emr, view, []Feedback{overridden(a, time.Minute, "not-relevant"), accepted(b, time.Minute, 1), bad, stranger})

		if !errors.Is(err, ErrRefused) || errors.Is(err, ErrUnavailable) {
			t.Fatalf("error %v, want ErrRefused", err)
		}
		if strings.Contains(err.Error(), "ignored") || strings.Contains(err.Error(), c.ID) {
			t.Errorf("the error shows what was sent: %v", err)
		}
		for _, table := range []string{"feedback", "accepted", "apart"} {
			if n := p.number(t, "SELECT COUNT(*) FROM "+table); n != 0 {
				t.Errorf("%d rows in %s, want none", n, table)
			}
		}
		if rules := l.Dismissed(a.Mark); rules != nil {
			t.Errorf("dismissed: %v, want none", rules)
		}
		if s := l.State(); !s.Reachable || s.LastError == "" || !s.LastErrorAt.IsZero() {
			t.Errorf("state %+v, want the error, and a database that was never away", s)
		}
	})
}

func TestFeedbackThatBelongsToNoCardIsCountedApart(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		c := newClock()
		l := p.open(t, settings(c))
		card, old, hidden := newCard(l, "R-P6"), newCard(l, "R-P6"), newCard(l, "R-P6")
		old.At = monday.AddDate(0, 0, -100)
		hidden.Shown, hidden.Why = false, "silent"
		sent(t, l, card, old, hidden)
		pruned, err := l.Prune(t.Context(), monday.AddDate(0, 0, -10))
		if err != nil || pruned != 1 {
			t.Fatalf("%d cards pruned, %v, want 1", pruned, err)
		}
		unknownSuggestion := accepted(card, time.Minute, 0)
		unknownSuggestion.Suggestions = append(unknownSuggestion.Suggestions, "not of this card", old.Suggestions[0].ID)

		for _, step := range []struct {
			what            string
			client, service string
			entry           Feedback
			want            Receipt
		}{
			{"unknown card", emr, view, Feedback{Card: "b8e1", Outcome: "overridden", At: monday}, Receipt{Unknown: 1}},
			{"no text at all", emr, view, Feedback{Card: "\x00\xff", Outcome: "overridden", At: monday}, Receipt{Unknown: 1}},
			{"a card with NUL behind it", emr, view, Feedback{Card: card.ID + "\x00", Outcome: "overridden", At: monday}, Receipt{Unknown: 1}},
			{"a card that was not shown", emr, view, overridden(hidden, time.Minute, ""), Receipt{Unknown: 1}},
			{"another service's card", emr, sign, overridden(card, time.Minute, ""), Receipt{OtherService: 1}},
			{"another client's card", "other", view, overridden(card, time.Minute, ""), Receipt{OtherClient: 1}},
			{"a pruned card", emr, view, accepted(old, time.Minute, 0), Receipt{Late: 1}},
			{"suggestions of another card", emr, view, unknownSuggestion, Receipt{Stored: 1, UnknownSuggestion: 2}},
			{"those once more", emr, view, unknownSuggestion, Receipt{Repeated: 1}},
		} {
			got, err := l.Feedback(t.Context(), step.client, step.service, []Feedback{step.entry})
			if err != nil || got != step.want {
				t.Errorf("%s: %+v, %v, want %+v", step.what, got, err, step.want)
			}
		}
		r := report(t, l)
		want := Apart{Unknown: 4, OtherService: 1, OtherClient: 1, Late: 1, UnknownSuggestion: 2}
		if r.Apart != want {
			t.Errorf("apart %+v, want %+v", r.Apart, want)
		}
		if r.Total.Shown != 1 || r.Total.Accepted != 1 {
			t.Errorf("total %+v, want one card, accepted", r.Total)
		}
	})
}

func TestFeedbackMayOvertakeItsCard(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		slow := settings(newClock())
		slow.FlushEvery = time.Hour
		l := p.open(t, slow)
		card := newCard(l, "R-P6")
		l.Sent(card)
		got, err := l.Feedback(t.Context(), emr, view, []Feedback{accepted(card, time.Second, 0)})
		if want := (Receipt{Stored: 1}); err != nil || got != want {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
	})
	t.Run("and reach another process than the one that sent the card", func(t *testing.T) {
		p := newPostgres(t)
		s := settings(newClock())
		s.FlushEvery = 100 * time.Millisecond
		here, there := p.open(t, s), p.open(t, s)
		card := newCard(here, "R-P6")
		here.Sent(card)
		got, err := there.Feedback(t.Context(), emr, view, []Feedback{accepted(card, time.Second, 0)})
		if want := (Receipt{Stored: 1}); err != nil || got != want {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
	})
}

func TestADismissalIsKnownUnderItsMarkOnly(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		c := newClock()
		here, there := p.open(t, settings(c)), p.open(t, settings(c))
		first, second, taken := newCard(here, "R-P6", "R-P1"), newCard(here, "R-N2"), newCard(here, "R-Z1")
		elsewhere := newCard(here, "R-Z2")
		elsewhere.Mark = here.Mark(emr, patient, "encounter-2")
		sent(t, here, first, second, taken, elsewhere)

		give(t, here, overridden(first, time.Minute, ""), overridden(second, time.Minute, ""), accepted(taken, time.Minute, 0), overridden(elsewhere, time.Minute, ""))

		want := []string{"R-N2", "R-P6"}
		if got := here.Dismissed(first.Mark); !slices.Equal(got, want) {
			t.Errorf("told here: %v, want %v at once", got, want)
		}
		eventually(t, "the other process hears of it", func() bool { return slices.Equal(there.Dismissed(first.Mark), want) })
		if got := p.open(t, settings(c)).Dismissed(first.Mark); !slices.Equal(got, want) {
			t.Errorf("after a start: %v, want %v", got, want)
		}
		if got := there.Dismissed(there.Mark(emr, "somebody else", "encounter-1")); got != nil {
			t.Errorf("another patient: %v, want none", got)
		}
		if got := here.Dismissed(Mark{}); got != nil {
			t.Errorf("no mark: %v, want none", got)
		}

		// An answer that was given earlier and comes later changes nothing; one that was
		// given later does.
		give(t, here, accepted(first, time.Second, 0))
		if got := here.Dismissed(first.Mark); !slices.Equal(got, want) {
			t.Errorf("after an earlier answer: %v, want %v", got, want)
		}
		give(t, there, accepted(first, time.Hour, 0))
		eventually(t, "the dismissal that was taken back is heard of", func() bool { return slices.Equal(here.Dismissed(first.Mark), []string{"R-N2"}) })

		c.pass(49 * time.Hour)
		if got := here.Dismissed(second.Mark); got != nil {
			t.Errorf("two days later: %v, want none", got)
		}
		if got := p.open(t, settings(c)).Dismissed(second.Mark); got != nil {
			t.Errorf("two days later, after a start: %v, want none", got)
		}
	})
}

func give(t testing.TB, l *Ledger, entries ...Feedback) {
	t.Helper()
	got, err := l.Feedback(t.Context(), emr, view, entries)
	if err != nil || got.Stored != len(entries) {
		t.Fatalf("%+v, %v, want %d stored", got, err, len(entries))
	}
}

func TestTheMemoryOfDismissalsIsBounded(t *testing.T) {
	var d dismissals
	events := make([]event, mostHeard+1)
	for i := range events {
		events[i] = event{card: strconv.Itoa(i), mark: Mark{1}, rule: "R-P6", overridden: true, received: int64(i)}
	}
	d.hear(events)
	if len(d.cards) > mostHeard || len(d.cards) < mostHeard/2 || len(d.marks[Mark{1}]) != len(d.cards) {
		t.Fatalf("%d remembered, %d under the mark, want at most %d and the same", len(d.cards), len(d.marks[Mark{1}]), mostHeard)
	}
	if _, newest := d.cards[events[mostHeard].card]; !newest {
		t.Error("the newest was forgotten")
	}
	if _, oldest := d.cards[events[0].card]; oldest {
		t.Error("the oldest is remembered")
	}
	d.forget(int64(mostHeard + 1))
	if len(d.cards) != 0 || len(d.marks) != 0 {
		t.Errorf("%d cards and %d marks after all were forgotten", len(d.cards), len(d.marks))
	}
}

func TestATokenIsLetInOnce(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		c := newClock()
		one := p.open(t, settings(c))
		two := one // a SQLite file is for one process
		if p.kind == postgres {
			two = p.open(t, settings(c))
		}
		soon := monday.Add(5 * time.Minute)

		var first sync.Map
		var group sync.WaitGroup
		for i := range 100 {
			l := []*Ledger{one, two}[i%2]
			group.Go(func() {
				is, err := l.Once(context.Background(), "https://ehr.example", "token", soon)
				if err != nil {
					t.Error(err)
				}
				if is {
					first.Store(i, true)
				}
			})
		}
		group.Wait()
		n := 0
		first.Range(func(any, any) bool { n++; return true })
		if n != 1 {
			t.Errorf("%d of 100 calls were the first, want 1", n)
		}

		for _, step := range []struct {
			what        string
			issuer, jti string
			until       time.Time
			want        bool
		}{
			{"another token", "https://ehr.example", "token2", soon, true},
			{"another issuer", "https://ehr.example/2", "token", soon, true},
			{"the same letters, cut elsewhere", "https://ehr.example/2t", "oken", soon, true},
			{"one that has ended", "https://ehr.example", "token3", monday, false},
		} {
			if got, err := two.Once(t.Context(), step.issuer, step.jti, step.until); err != nil || got != step.want {
				t.Errorf("%s: %v, %v, want %v", step.what, got, err, step.want)
			}
		}
		c.pass(5*time.Minute + tokensStay + time.Second)
		eventually(t, "tokens that are good no more are forgotten", func() bool { return p.number(t, "SELECT COUNT(*) FROM token") == 0 })
	})
}

func TestUsedTokensAreTakenOnceAndOnlyWhileTheyAreGood(t *testing.T) {
	u := &usedTokens{until: map[string]int64{}}
	for hash, until := range map[string]int64{"ended": 10, "good": 20} {
		if !u.add(tokenRow{hash, until}) || u.add(tokenRow{hash, until}) {
			t.Errorf("%s is not the first once", hash)
		}
	}
	good := []tokenRow{{"good", 20}}
	taken := u.take(15)
	if !slices.Equal(taken, good) || u.take(15) != nil {
		t.Errorf("taken %v", taken)
	}
	u.putBack(taken)
	if got := u.take(15); !slices.Equal(got, good) {
		t.Errorf("put back %v", got)
	}
	u.forget(15)
	if !u.add(tokenRow{"ended", 30}) || u.add(tokenRow{"good", 30}) {
		t.Error("the wrong one is forgotten")
	}
}

func TestASQLiteFileIsForOneService(t *testing.T) {
	p, s := newSQLite(t), settings(newClock())
	s.Alone = true
	one := p.open(t, s)
	if _, err := Open(t.Context(), p.url, s); err == nil || !strings.Contains(err.Error(), "another service has "+p.path) {
		t.Errorf("a second service: %v", err)
	}
	p.open(t, settings(newClock())) // a report may look beside it
	must(t, closed(one))
	p.open(t, s)
}

func TestAUsedTokenIsKnownAfterAStart(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		c := newClock()
		once := func(l *Ledger, jti string, want bool) {
			t.Helper()
			if got, err := l.Once(t.Context(), "issuer", jti, monday.Add(5*time.Minute)); err != nil || got != want {
				t.Errorf("%s: %v, %v, want %v", jti, got, err, want)
			}
		}
		l := p.open(t, settings(c))
		once(l, "long before", true)
		eventually(t, "it is written by itself", func() bool { return p.number(t, "SELECT COUNT(*) FROM token") == 1 })
		s := settings(c)
		s.FlushEvery = time.Hour
		must(t, closed(l))
		l = p.open(t, s)
		once(l, "long before", false)
		once(l, "right before", true)
		must(t, closed(l))
		l = p.open(t, s)
		once(l, "long before", false)
		once(l, "right before", false)
		once(l, "never", true)
	})
}

func TestATokenThatCannotBeWrittenIsWrittenLater(t *testing.T) {
	p, c := newSQLite(t), newClock()
	l := p.open(t, settings(c))
	once := func(jti string, until time.Duration) {
		t.Helper()
		if first, err := l.Once(t.Context(), "issuer", jti, monday.Add(until)); err != nil || !first {
			t.Errorf("%s: %v, %v", jti, first, err)
		}
	}
	p.goDead(t)
	once("short", time.Minute)
	once("long", time.Hour)
	eventually(t, "the state says so", func() bool { return !l.State().Reachable })
	c.pass(time.Minute + tokensStay + time.Second)
	p.comeBack(t)
	eventually(t, "the one that is still good is written", func() bool { return p.number(t, "SELECT COUNT(*) FROM token") == 1 })
	if first, err := l.Once(t.Context(), "issuer", "long", monday.Add(time.Hour)); err != nil || first {
		t.Errorf("again: %v, %v", first, err)
	}
}

func TestWhatWasSentByTwoProcessesIsTheSameToBoth(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		c := newClock()
		s := settings(c)
		s.Timeout = 20 * time.Second // two programs that write to one SQLite file get in each other's way
		ledgers := []*Ledger{p.open(t, s), p.open(t, s)}
		shared := newCard(ledgers[0], "R-P6")
		sent(t, ledgers[0], shared)

		const each = 15
		var group sync.WaitGroup
		for worker := range 8 {
			l := ledgers[worker%2]
			group.Go(func() {
				for i := range each {
					card := newCard(l, []string{"R-P6", "R-N2"}[i%2])
					l.Sent(card)
					array := []Feedback{overridden(card, time.Minute, "not-relevant"), overridden(shared, time.Duration(i)*time.Minute, "x"), {Card: "unknown", Outcome: "accepted", At: monday}}
					if i%3 == 0 {
						array[0] = accepted(card, time.Minute, 0)
					}
					if _, err := l.Feedback(context.Background(), emr, view, array); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		a, b := report(t, ledgers[0]), report(t, ledgers[1])
		if difference := cmp.Diff(a, b); difference != "" {
			t.Errorf("the two disagree:\n%s", difference)
		}
		if a.Total.Shown != 8*each+1 || a.Total.Unanswered != 0 || a.Apart.Unknown != 8*each {
			t.Errorf("total %+v, apart %+v, want %d cards, all answered, and %d unknown", a.Total, a.Apart, 8*each+1, 8*each)
		}
		if n := p.number(t, "SELECT COUNT(*) FROM feedback"); n != 8*each+each {
			t.Errorf("%d entries, want %d: those on the shared card are the same from each worker", n, 9*each)
		}
	})
}
