package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// Errors that say who must act. All others are faults of ours.
var (
	// ErrUnavailable: the database does not answer; the same call may go well later.
	ErrUnavailable = errors.New("the ledger's database is not available")
	// ErrRefused: the database is well and does not take this entry.
	ErrRefused = errors.New("the ledger does not take this entry")
)

// Settings of a ledger. What is zero has its default.
type Settings struct {
	// Clock is the only one without a default. Its time zone is that in which days
	// are counted.
	Clock func() time.Time

	// Key of the marks, at least 16 bytes. Without one, SQLite's is made once and
	// kept in a file beside the database; for PostgreSQL it has to be given, the
	// same to each process.
	Key []byte

	// Alone refuses a SQLite file that another process has opened so: each lets
	// tokens in by its own memory.
	Alone bool

	// Comments stores what clinicians wrote beside a reason. It may hold anything.
	Comments bool

	Retention        time.Duration // of cards and their feedback; 400 days
	CommentRetention time.Duration // of comments; 90 days

	Queue      int           // cards that wait to be written; 10,000
	Batch      int           // cards written at once; 500
	FlushEvery time.Duration // how long a card, or a token of SQLite's, waits at most; 100 ms

	// RefreshEvery is how often dismissals of other processes are read and the
	// database is looked at; 3 s.
	RefreshEvery time.Duration

	// Timeout of one call to the database that somebody waits for; 2 s.
	Timeout time.Duration
}

func (s *Settings) complete() error {
	if s.Clock == nil {
		return errors.New("ledger: no clock")
	}
	if s.Key != nil && len(s.Key) < shortestKey {
		return fmt.Errorf("ledger: the key has %d bytes, fewer than %d", len(s.Key), shortestKey)
	}
	const day = 24 * time.Hour
	for _, one := range []struct {
		name  string
		value *time.Duration
		most  time.Duration
	}{
		{"Retention", &s.Retention, 400 * day},
		{"CommentRetention", &s.CommentRetention, 90 * day},
		{"FlushEvery", &s.FlushEvery, 100 * time.Millisecond},
		{"RefreshEvery", &s.RefreshEvery, 3 * time.Second},
		{"Timeout", &s.Timeout, 2 * time.Second},
	} {
		if *one.value < 0 {
			return fmt.Errorf("ledger: %s is negative", one.name)
		}
		if *one.value == 0 {
			*one.value = one.most
		}
	}
	if s.Queue <= 0 {
		s.Queue = 10_000
	}
	if s.Batch <= 0 {
		s.Batch = 500
	}
	return nil
}

// Ledger is an open ledger. Its methods may be called from many goroutines.
type Ledger struct {
	settings Settings
	key      []byte
	zone     *time.Location
	database *database

	held    *os.File // while it is open alone
	queue   *queue
	tokens  *usedTokens // nil with PostgreSQL, which has them for all processes
	flushes chan chan error
	heard   dismissals
	health  health

	background context.Context
	stop       context.CancelFunc
	running    sync.WaitGroup
	closing    sync.Once
	closed     error
}

// Open opens the ledger at sqlite:path or postgres://…, and makes or migrates its
// tables. It fails with [ErrUnavailable] while the database does not answer; any
// other error will not go away by itself. The ledger works until [Ledger.Close],
// also after ctx.
func Open(ctx context.Context, url string, s Settings) (opened *Ledger, err error) {
	if err := s.complete(); err != nil {
		return nil, err
	}
	where, err := parseAddress(url)
	if err != nil {
		return nil, err
	}
	l := &Ledger{
		settings: s, key: s.Key, zone: s.Clock().Location(),
		queue: newQueue(s.Queue, s.Batch), flushes: make(chan chan error),
	}
	if s.Alone && where.kind == sqlite {
		if l.held, err = hold(where.path); err != nil {
			return nil, err
		}
		defer func() {
			if err != nil {
				_ = l.letGo()
			}
		}()
	}
	if l.key == nil {
		if where.kind == postgres {
			return nil, errors.New("ledger: PostgreSQL needs a key for its marks, the same for each process")
		}
		if l.key, err = keyBeside(where.path); err != nil {
			return nil, err
		}
	}
	if l.database, err = openDatabase(where); err != nil {
		return nil, fmt.Errorf("ledger: %s", where.redact(err.Error()))
	}
	err = migrate(ctx, l.database)
	if err == nil {
		err = l.refresh(ctx, s.Clock().Add(-dismissalsLast))
	}
	if err == nil {
		err = l.readTokens(ctx)
	}
	if err != nil {
		l.database.close()
		if isAnswer(err) {
			return nil, fmt.Errorf("ledger: %s", l.database.say(err))
		}
		return nil, fmt.Errorf("%w: %s", ErrUnavailable, l.database.say(err))
	}
	l.background, l.stop = context.WithCancel(context.WithoutCancel(ctx))
	l.running.Go(l.writeCards)
	l.running.Go(l.keepHouse)
	return l, nil
}

// Close writes what waits, for as long as ctx lets it, and closes the database.
// Its error says how many cards were not written.
func (l *Ledger) Close(ctx context.Context) error {
	l.closing.Do(func() {
		l.queue.close()
		err := l.flushUntil(ctx)
		l.stop()
		l.running.Wait()
		switch left := l.queue.length(); {
		case left > 0:
			err = fmt.Errorf("ledger: %d cards were not written: %w", left, err)
		case err != nil && l.tokens != nil && len(l.tokens.take(l.forgetTokensBefore())) > 0:
			err = fmt.Errorf("ledger: used tokens were not written and may be used once more: %w", err)
		default:
			err = nil
		}
		l.closed = errors.Join(err, l.database.close(), l.letGo())
	})
	return l.closed
}

// letGo lets another process have the file.
func (l *Ledger) letGo() error {
	if l.held == nil {
		return nil
	}
	return l.held.Close()
}

// flushUntil flushes until it goes well or ctx ends.
func (l *Ledger) flushUntil(ctx context.Context) error {
	for {
		err := l.flush(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %s", ErrUnavailable, l.database.say(err))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// State is how the ledger is, for a page of readiness and for metrics.
type State struct {
	Queue       int       // cards that wait to be written
	Dropped     uint64    // cards that were never written, since the start
	Written     uint64    // cards that were
	LastError   string    // holds no secret and no value of a row
	LastErrorAt time.Time // when the database was last found dead
	Reachable   bool      // the database could be written to when last tried
}

// State is answered from memory.
func (l *Ledger) State() State {
	s := l.health.state()
	s.Queue, s.Written, s.Dropped = l.queue.figures()
	return s
}

// health is whether the database answers.
type health struct {
	mu   sync.Mutex
	dead bool
	last string
	at   time.Time
}

func (h *health) state() State {
	h.mu.Lock()
	defer h.mu.Unlock()
	return State{LastError: h.last, LastErrorAt: h.at, Reachable: !h.dead}
}

// noteRead is note for what only reads: a database that can be read and not
// written to is as good as dead.
func (l *Ledger) noteRead(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	return l.note(ctx, err)
}

// note takes down how a write to the database ended, and returns its error as
// what a caller may see. A caller who went away says nothing about the database.
func (l *Ledger) note(ctx context.Context, err error) error {
	h := &l.health
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		h.dead = false
		return nil
	}
	text := l.database.say(err)
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("%w: %s", ErrUnavailable, text)
	}
	h.last = text
	if isRefused(err) {
		return fmt.Errorf("%w: %s", ErrRefused, text)
	}
	h.dead, h.at = true, l.settings.Clock()
	return fmt.Errorf("%w: %s", ErrUnavailable, text)
}
