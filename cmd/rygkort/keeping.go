package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"rygkort/internal/ledger"
	"rygkort/internal/trust"
)

// noLedger is the setting that keeps nothing.
const noLedger = "none"

// How long what is sent is kept, in days: the defaults of package ledger.
const (
	defaultDays        = 400
	defaultCommentDays = 90
)

// shortestSecret is in bytes.
const shortestSecret = 16

func isPostgres(url string) bool {
	return strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://")
}

// readSecret reads a secret from its file, without the end of its line.
func readSecret(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	secret := bytes.TrimRight(text, "\r\n")
	if len(secret) < shortestSecret {
		return nil, fmt.Errorf("%s holds fewer than %d bytes", path, shortestSecret)
	}
	return secret, nil
}

// checkLedger refuses a ledger that cannot be opened for what is written here.
func (c *configuration) checkLedger() error {
	if c.ledger == "" || c.ledger == noLedger {
		return nil
	}
	if !isPostgres(c.ledger) && !strings.HasPrefix(c.ledger, "sqlite:") {
		return fmt.Errorf("%w: --ledger: want sqlite:path, postgres://user@host/database or none", errMisused)
	}
	if isPostgres(c.ledger) && c.file.LedgerKey == "" {
		return fmt.Errorf("%w: ledger_key is missing: with PostgreSQL each process needs the same key for its marks", errMisused)
	}
	if c.file.LedgerKey != "" {
		if _, err := readSecret(c.file.LedgerKey); err != nil {
			return fmt.Errorf("%w: ledger_key: %w", errMisused, err)
		}
	}
	return nil
}

// open opens the ledger. One that does not answer yet is tried again while the
// service runs: a GP is not left without cards for want of a ledger.
func (r *running) open(ctx context.Context, c *configuration) error {
	if c.ledger == noLedger {
		return nil
	}
	url := c.ledger
	if url == "" {
		folder, err := os.MkdirTemp("", "rygkort-")
		if err != nil {
			r.logger.Warn("no folder for a temporary ledger: nothing is kept", "why", err.Error())
			return nil
		}
		r.scratch, url = folder, "sqlite:"+filepath.Join(folder, "rygkort.db")
	}
	settings := ledger.Settings{
		Clock: c.clock(r.now), Alone: true, Comments: c.file.Feedback.Comments,
		Retention:        time.Duration(first(c.file.Feedback.Days, defaultDays)) * 24 * time.Hour,
		CommentRetention: time.Duration(first(c.file.Feedback.CommentDays, defaultCommentDays)) * 24 * time.Hour,
	}
	if c.file.LedgerKey != "" {
		key, err := readSecret(c.file.LedgerKey)
		if err != nil {
			return fmt.Errorf("%w: ledger_key: %w", errMisused, err)
		}
		settings.Key = key
	}
	r.opening = func(ctx context.Context) (*ledger.Ledger, error) { return ledger.Open(ctx, url, settings) }
	kept, err := r.opening(ctx)
	switch {
	case errors.Is(err, ledger.ErrUnavailable):
		r.logger.Error("the ledger cannot be reached and is tried again", "why", err.Error())
		r.unreachable = err.Error()
		return nil
	case err != nil:
		return err
	}
	r.keep(kept)
	return nil
}

// openTimeout is for one try to reach a ledger, with the time that migrating a
// large one takes. A database that does not answer fails much sooner.
const openTimeout = 2 * time.Minute

// reach tries once more to open a ledger that did not answer, and reports
// whether it does now.
func (r *running) reach(ctx context.Context) bool {
	if r.ledger != nil || r.opening == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	kept, err := r.opening(ctx)
	if err != nil {
		if why := err.Error(); why != r.unreachable {
			r.logger.Error("the ledger still cannot be used", "why", why)
			r.unreachable = why
		}
		return false
	}
	r.keep(kept)
	r.logger.Info("the ledger can be reached now")
	return true
}

// tellOfLedger says in the log when the ledger's database goes away and comes
// back, and how many cards were lost since that was said last.
func (r *running) tellOfLedger() {
	if r.ledger == nil {
		return
	}
	now := r.ledger.State()
	switch {
	case r.told.Reachable && !now.Reachable:
		r.logger.Error("the ledger's database does not answer: calls are answered without it", "why", now.LastError)
	case !r.told.Reachable && now.Reachable:
		r.logger.Info("the ledger's database answers again", "queue", now.Queue)
	case now.Reachable && now.LastErrorAt.After(r.told.LastErrorAt):
		r.logger.Warn("the ledger's database did not answer for a moment", "why", now.LastError)
	}
	if lost := now.Dropped - r.told.Dropped; lost > 0 {
		r.logger.Error("cards were not written into the ledger", "lost", lost, "why", now.LastError)
	}
	r.told = now
}

func (r *running) keep(kept *ledger.Ledger) {
	r.ledger, r.opening, r.told = kept, nil, ledger.State{Reachable: true}
	r.metrics.Watch(kept)
	r.replay.shared.Store(&ledger.Fallback{Ledger: kept, Memory: r.replay.memory})
}

// again puts what is in force in force once more, with the ledger.
func (r *running) again() {
	if err := r.apply(r.current.configuration); err != nil {
		r.logger.Error("the ledger is not used", "why", err.Error())
	}
}

// closeLedger writes what waits to be written.
func (r *running) closeLedger(ctx context.Context) {
	if r.ledger != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
		defer cancel()
		if err := r.ledger.Close(ctx); err != nil {
			r.logger.Error("not all was written into the ledger", "why", err.Error())
		}
	}
	if r.scratch != "" {
		_ = os.RemoveAll(r.scratch)
	}
}

// tokens let each token in once: by the ledger, which knows those of other
// processes too, where there is one.
type tokens struct {
	memory *trust.ReplayMemory
	shared atomic.Pointer[ledger.Fallback]
}

// Once is that of [trust.Replay].
func (t *tokens) Once(ctx context.Context, issuer, jti string, until time.Time) (bool, error) {
	if shared := t.shared.Load(); shared != nil {
		return shared.Once(ctx, issuer, jti, until)
	}
	return t.memory.Once(ctx, issuer, jti, until)
}
