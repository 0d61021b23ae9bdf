package ledger

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// onceTimeout is short: a call of a clinician waits, and there is a [Fallback].
const onceTimeout = 500 * time.Millisecond

// tokensStay is how long a token stays after its end in a database of several
// processes, whose clocks differ.
const tokensStay = 10 * time.Minute

// Once reports whether a token of this issuer is seen for the first time, and
// remembers a hash of it until that time. Of any number of calls at once exactly
// one is the first: with PostgreSQL of all processes on the database, which fails
// with [ErrUnavailable] while it is dead; with SQLite, which is for one process, of
// this one and those before it. Its tokens are kept in memory and written with the
// cards, so after a kill those of the last [Settings.FlushEvery] are forgotten.
func (l *Ledger) Once(ctx context.Context, issuer, jti string, until time.Time) (first bool, err error) {
	if !until.After(l.settings.Clock()) {
		return false, nil // it may have been here and be forgotten
	}
	token := tokenRow{hashOf(issuer, jti), until.UnixMicro()}
	if l.tokens != nil {
		return l.tokens.add(token), nil
	}
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, onceTimeout)
	defer cancel()
	added, err := l.writeTokens(ctx, []tokenRow{token})
	return added == 1, l.note(caller, err)
}

// tokenRow is a used token as the table has it.
type tokenRow struct {
	Hash  string `json:"hash"`
	Until int64  `json:"until"`
}

// writeTokens adds those that are not there yet, and returns how many were not.
func (l *Ledger) writeTokens(ctx context.Context, tokens []tokenRow) (added int64, err error) {
	statement, list, err := l.database.insertion("token", "hash text, until bigint", tokens)
	if err != nil {
		return 0, err
	}
	return l.database.writeQuickly(ctx, statement, list)
}

// usedTokens are those of the one process that uses a SQLite file.
type usedTokens struct {
	mu      sync.Mutex
	until   map[string]int64 // by hash
	waiting []tokenRow       // to be written
}

// readTokens knows again what was used before the start.
func (l *Ledger) readTokens(ctx context.Context) error {
	if l.database.address.kind == postgres {
		return nil
	}
	used := &usedTokens{until: map[string]int64{}}
	err := l.database.read(ctx, func(tx *sql.Tx) error {
		return each(ctx, tx, "SELECT hash, until FROM token", nil, func(rows *sql.Rows) error {
			var token tokenRow
			err := rows.Scan(&token.Hash, &token.Until)
			used.until[token.Hash] = token.Until
			return err
		})
	})
	l.tokens = used
	return err
}

func (u *usedTokens) add(token tokenRow) (first bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, used := u.until[token.Hash]; used {
		return false
	}
	u.until[token.Hash] = token.Until
	u.waiting = append(u.waiting, token)
	return true
}

// forget drops what ended before a time.
func (u *usedTokens) forget(before int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	maps.DeleteFunc(u.until, func(_ string, until int64) bool { return until < before })
}

// take returns what waits and has not ended before a time: the rest need not be
// written any more.
func (u *usedTokens) take(before int64) []tokenRow {
	u.mu.Lock()
	defer u.mu.Unlock()
	taken := slices.DeleteFunc(u.waiting, func(token tokenRow) bool { return token.Until < before })
	u.waiting = nil
	return taken
}

// putBack is for what was taken and could not be written.
func (u *usedTokens) putBack(taken []tokenRow) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.waiting = append(taken, u.waiting...)
}

// writeUsedTokens writes what waits.
func (l *Ledger) writeUsedTokens(ctx context.Context) error {
	if l.tokens == nil {
		return nil
	}
	batch := l.tokens.take(l.forgetTokensBefore())
	if len(batch) == 0 {
		return nil
	}
	_, err := l.writeTokens(ctx, batch)
	if err != nil {
		l.tokens.putBack(batch)
	}
	return l.note(ctx, err)
}

// forgetTokensBefore is when a token has to have ended to be forgotten.
func (l *Ledger) forgetTokensBefore() int64 {
	now := l.settings.Clock()
	if l.tokens != nil {
		return now.UnixMicro()
	}
	return now.Add(-tokensStay).UnixMicro()
}

// Memory is what remembers tokens within one process.
type Memory interface {
	Once(ctx context.Context, issuer, jti string, until time.Time) (first bool, err error)
}

// Fallback lets a dead database refuse nothing that it need not. Every token goes
// through the memory of the process, and through the ledger where it answers. So
// while the database is dead a token may be used once in each process rather than
// once in all, and afterwards what this process let in meanwhile is still known to
// it.
type Fallback struct {
	Ledger *Ledger
	Memory Memory

	alone atomic.Uint64
}

// Once is that of [Ledger.Once], without its error. A ledger whose database was
// dead when last looked at is not waited for.
func (f *Fallback) Once(ctx context.Context, issuer, jti string, until time.Time) (first bool, err error) {
	first, err = f.Memory.Once(ctx, issuer, jti, until)
	if err != nil || !first {
		return false, err
	}
	if f.Ledger.tokens != nil || f.Ledger.health.state().Reachable {
		shared, err := f.Ledger.Once(ctx, issuer, jti, until)
		if err == nil {
			return shared, nil
		}
		if ctx.Err() != nil {
			return false, ctx.Err() // the caller went away: the database may have it
		}
	}
	f.alone.Add(1)
	return true, nil
}

// Alone counts the tokens that the memory let in without the ledger.
func (f *Fallback) Alone() uint64 { return f.alone.Load() }
