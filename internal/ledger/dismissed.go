package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"sync"
	"time"
)

// dismissalsLast is how long a dismissal is remembered in memory. A mark is that
// of an encounter or a day, so an older one is not asked for.
const dismissalsLast = 48 * time.Hour

// mostHeard bounds the answers that are remembered; the oldest go first.
const mostHeard = 100_000

// overlap is how far back each refresh reads what it may have read before: for
// processes whose clocks differ and transactions that end in another order than
// they began.
const overlap = 5 * time.Minute

// event is one answer to a card.
type event struct {
	card       string
	mark       Mark
	rule       string
	overridden bool
	answered   int64
	received   int64
	entry      string
}

// after is the order in which answers to one card count.
func (e event) after(other event) bool {
	return cmp.Or(
		cmp.Compare(e.answered, other.answered),
		cmp.Compare(e.received, other.received),
		cmp.Compare(e.entry, other.entry),
	) > 0
}

// dismissals are the last answers to cards, in memory. The zero value is ready.
type dismissals struct {
	mu    sync.RWMutex
	cards map[string]event           // the answer that counts
	marks map[Mark]map[string]string // card to rule, of those overridden
}

// Dismissed names the lead rules that were overridden under this mark within the
// last two days, without asking the database. What this process was told counts at
// once, what others were told after [Settings.RefreshEvery].
func (l *Ledger) Dismissed(mark Mark) (rules []string) {
	if mark == (Mark{}) {
		return nil
	}
	since := l.settings.Clock().Add(-dismissalsLast).UnixMicro()
	d := &l.heard
	d.mu.RLock()
	defer d.mu.RUnlock()
	for card, rule := range d.marks[mark] {
		if d.cards[card].received >= since {
			rules = append(rules, rule)
		}
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}

// hear takes answers, in any order and any number of times.
func (d *dismissals) hear(events []event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cards == nil {
		d.cards, d.marks = map[string]event{}, map[Mark]map[string]string{}
	}
	for _, e := range events {
		before, known := d.cards[e.card]
		if known && !e.after(before) {
			continue
		}
		if !known && len(d.cards) >= mostHeard {
			d.forgetTenth()
		}
		d.cards[e.card] = e
		if !e.overridden {
			d.unmark(e)
			continue
		}
		if d.marks[e.mark] == nil {
			d.marks[e.mark] = map[string]string{}
		}
		d.marks[e.mark][e.card] = e.rule
	}
}

func (d *dismissals) unmark(e event) {
	delete(d.marks[e.mark], e.card)
	if len(d.marks[e.mark]) == 0 {
		delete(d.marks, e.mark)
	}
}

// forget drops what was received before a time.
func (d *dismissals) forget(before int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for card, e := range d.cards {
		if e.received < before {
			delete(d.cards, card)
			d.unmark(e)
		}
	}
}

// forgetTenth makes room; the caller holds the lock.
func (d *dismissals) forgetTenth() {
	received := make([]int64, 0, len(d.cards))
	for _, e := range d.cards {
		received = append(received, e.received)
	}
	slices.Sort(received)
	last := received[len(received)/10]
	for card, e := range d.cards {
		if e.received <= last {
			delete(d.cards, card)
			d.unmark(e)
		}
	}
}

// refresh hears what was received since a time.
func (l *Ledger) refresh(ctx context.Context, since time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, l.settings.Timeout)
	defer cancel()
	var events []event
	err := l.database.read(ctx, func(tx *sql.Tx) error {
		return each(ctx, tx, `SELECT f.card, c.mark, c.rule, f.outcome, f.answered_at, f.received_at, f.entry
			FROM feedback f JOIN card c ON c.id = f.card
			WHERE f.received_at >= $1 ORDER BY f.received_at DESC LIMIT $2`,
			[]any{since.UnixMicro(), mostHeard}, func(rows *sql.Rows) error {
				var e event
				var mark, outcome string
				if err := rows.Scan(&e.card, &mark, &e.rule, &outcome, &e.answered, &e.received, &e.entry); err != nil {
					return err
				}
				e.mark, e.overridden = markOf(mark), outcome == "overridden"
				events = append(events, e)
				return nil
			})
	})
	if err != nil {
		return err
	}
	l.heard.hear(events)
	return nil
}
