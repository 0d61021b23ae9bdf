package ledger

import (
	"context"
	"sync/atomic"
	"time"
)

// onceTimeout is short: a call of a clinician waits, and there is a [Fallback].
const onceTimeout = 500 * time.Millisecond

// tokensStay is how long a token stays after its end, for processes whose clocks
// differ.
const tokensStay = 10 * time.Minute

// Once reports whether a token of this issuer is seen for the first time by any
// process on this database, and remembers a hash of it until that time. Of any
// number of calls at once exactly one is the first. With a dead database it fails
// with [ErrUnavailable].
func (l *Ledger) Once(ctx context.Context, issuer, jti string, until time.Time) (first bool, err error) {
	if !until.After(l.settings.Clock()) {
		return false, nil // it may have been here and be forgotten
	}
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, onceTimeout)
	defer cancel()
	added, err := l.database.writeQuickly(ctx,
		"INSERT INTO token (hash, until) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING",
		hashOf(issuer, jti), until.UnixMicro())
	return added == 1, l.note(caller, err)
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
	if f.Ledger.health.state().Reachable {
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
