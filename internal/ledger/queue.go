package ledger

import (
	"context"
	"database/sql"
	"sync"
	"time"

	"github.com/google/uuid"
)

// queue holds the cards that are not written yet.
type queue struct {
	most, batch int
	ready       chan struct{} // has room for one: a batch is full

	mu      sync.Mutex
	waiting []Card // the oldest first
	taken   []Card // what is being written
	ids     map[string]struct{}
	closed  bool
	written uint64
	dropped uint64
}

func newQueue(most, batch int) *queue {
	return &queue{most: most, batch: batch, ready: make(chan struct{}, 1), ids: map[string]struct{}{}}
}

// Sent takes down a card, without waiting. It is to be called before the answer
// leaves, so that no feedback can come before it. The card is not to be changed
// afterwards.
func (l *Ledger) Sent(card Card) {
	if card.ID == "" {
		card.ID = uuid.NewString()
	}
	l.queue.add(card)
}

func (q *queue) add(card Card) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || len(q.waiting)+len(q.taken) >= q.most {
		q.dropped++
		return
	}
	q.waiting = append(q.waiting, card)
	q.ids[storable(card.ID)] = struct{}{}
	if len(q.waiting) >= q.batch {
		select {
		case q.ready <- struct{}{}:
		default:
		}
	}
}

// take returns the next batch: what was taken before and is not written comes
// first.
func (q *queue) take() []Card {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.taken) > 0 {
		return q.taken
	}
	size := min(q.batch, len(q.waiting))
	q.taken = q.waiting[:size:size]
	q.waiting = q.waiting[size:]
	return q.taken
}

// done says what became of the batch.
func (q *queue) done(written, dropped int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, card := range q.taken {
		delete(q.ids, storable(card.ID))
	}
	q.taken = nil
	q.written += uint64(written)
	q.dropped += uint64(dropped)
}

// holds is true when one of the cards waits here.
func (q *queue) holds(ids []string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, id := range ids {
		if _, here := q.ids[id]; here {
			return true
		}
	}
	return false
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
}

func (q *queue) length() int {
	length, _, _ := q.figures()
	return length
}

func (q *queue) figures() (length int, written, dropped uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting) + len(q.taken), q.written, q.dropped
}

// flush writes all that waited when it was called.
func (l *Ledger) flush(ctx context.Context) error {
	answer := make(chan error, 1)
	select {
	case l.flushes <- answer:
	case <-ctx.Done():
		return ctx.Err()
	case <-l.background.Done():
		return l.background.Err()
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// restAfterFailure is how long the writer leaves a dead database alone, unless a
// flush is asked for.
const restAfterFailure = time.Second

// writeCards writes the queue, alone.
func (l *Ledger) writeCards() {
	timer := time.NewTimer(l.settings.FlushEvery)
	defer timer.Stop()
	ready := l.queue.ready
	for {
		var asked chan error
		select {
		case <-l.background.Done():
			return
		case <-ready:
		case <-timer.C:
		case asked = <-l.flushes:
		}
		err := l.writeQueue(l.background)
		if asked != nil {
			asked <- err
		}
		ready = l.queue.ready
		rest := l.settings.FlushEvery
		if err != nil {
			ready, rest = nil, max(rest, restAfterFailure)
		}
		timer.Reset(rest)
	}
}

// writeQueue writes used tokens and batch after batch of cards until none is left
// or the database fails, in which case the batch is kept. The token under which a
// card was sent is written no later than the card.
func (l *Ledger) writeQueue(ctx context.Context) error {
	for {
		batch := l.queue.take()
		if err := l.writeUsedTokens(ctx); err != nil {
			return err
		}
		if len(batch) == 0 {
			return nil
		}
		err := l.writeBatch(ctx, batch)
		if isRefused(err) {
			if err = l.writeSingly(ctx, batch); err == nil {
				continue
			}
		}
		if err != nil {
			return err
		}
		l.queue.done(len(batch), 0)
	}
}

// writeSingly saves a batch from one card that the database does not take.
func (l *Ledger) writeSingly(ctx context.Context, batch []Card) error {
	dropped := 0
	for _, card := range batch {
		err := l.writeBatch(ctx, []Card{card})
		if isRefused(err) {
			dropped++
		} else if err != nil {
			return err
		}
	}
	l.queue.done(len(batch)-dropped, dropped)
	return nil
}

func (l *Ledger) writeBatch(ctx context.Context, batch []Card) error {
	rows := make([]cardRow, len(batch))
	for i, card := range batch {
		rows[i] = card.row(l.zone)
	}
	err := l.database.writeBy(ctx, l.database.quick, func(tx *sql.Tx) error {
		if l.database.address.kind == sqlite {
			return insertSingly(ctx, tx, rows)
		}
		return l.database.insert(ctx, tx, "card", cardColumns, rows)
	})
	_ = l.note(ctx, err)
	return err // as it came: the writer looks into it
}
