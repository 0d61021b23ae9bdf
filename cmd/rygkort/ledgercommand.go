package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"rygkort/internal/ledger"
)

// ledgers are the commands on the ledger itself.
type ledgers struct {
	Export ledgerExport `cmd:"" help:"Write all cards and answers to standard output, one JSON object a line."`
	Prune  ledgerPrune  `cmd:"" help:"Remove the cards sent before a day, with all that came of them."`
}

// ledgerPlace says which ledger it is, and in which zone its days are.
type ledgerPlace struct {
	Ledger string `env:"RYGKORT_LEDGER" placeholder:"URL" help:"The ledger: sqlite:path or postgres://user@host/database (sqlite:rygkort.db)."`
	Config string `env:"RYGKORT_CONFIG" placeholder:"FILE" help:"Configuration file, YAML."`
	Zone   string `env:"RYGKORT_ZONE" placeholder:"NAME" help:"Time zone in which the practice counts days (Europe/Copenhagen)."`
}

const defaultLedger = "sqlite:rygkort.db"

// forever is longer than any ledger: looking at one removes nothing.
const forever = 200 * 365 * 24 * time.Hour

// use opens a ledger that is there, and closes it in the end. No key is needed:
// no patient is looked up.
func (c ledgerPlace) use(a *app, do func(l *ledger.Ledger, now time.Time) error) error {
	f, err := readFile(c.Config)
	if err != nil {
		return err
	}
	in, err := answering{Zone: c.Zone}.settle(f)
	if err != nil {
		return err
	}
	url := first(c.Ledger, f.Ledger, defaultLedger)
	found, err := ledger.Exists(a.ctx, url)
	switch {
	case err != nil:
		return err
	case !found:
		return fmt.Errorf("there is no ledger at %s; the service makes it when it starts", masked(url))
	}
	opened, err := ledger.Open(a.ctx, url, ledger.Settings{
		Clock: in.clock(a.now), Retention: forever, CommentRetention: forever, Key: make([]byte, 32),
	})
	if err != nil {
		return err
	}
	return errors.Join(do(opened, in.clock(a.now)()), opened.Close(context.WithoutCancel(a.ctx)))
}

// ledgerExport is the command that writes a ledger out.
type ledgerExport struct{ ledgerPlace }

// Run writes it.
func (c *ledgerExport) Run(a *app) error {
	return c.use(a, func(l *ledger.Ledger, _ time.Time) error { return l.Export(a.ctx, a.stdout) })
}

// ledgerPrune is the command that removes what is old.
type ledgerPrune struct {
	Before string `required:"" placeholder:"DAY" help:"The first day that stays, such as 2026-01-01, or how long ago it was, such as 400d."`
	ledgerPlace
}

// Run removes it.
func (c *ledgerPrune) Run(a *app) error {
	return c.use(a, func(l *ledger.Ledger, now time.Time) error {
		before, err := dayOf(c.Before, now)
		if err != nil {
			return fmt.Errorf("%w: --before: %w", errMisused, err)
		}
		removed, err := l.Prune(a.ctx, before)
		fmt.Fprintf(a.stdout, "Removed of the cards sent before %s: %d\n", before.Format("2006-01-02 15:04 MST"), removed)
		return err
	})
}

// dayOf is the midnight with which a day begins that is written as a date, or as
// so many days ago. It is none that is still to come.
func dayOf(text string, now time.Time) (time.Time, error) {
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	if number, isAgo := strings.CutSuffix(text, "d"); isAgo {
		days, err := strconv.ParseUint(number, 10, 16)
		if err == nil {
			return today.AddDate(0, 0, -int(days)), nil
		}
	}
	day, err := time.ParseInLocation(time.DateOnly, text, now.Location())
	switch {
	case err != nil:
		return day, errors.New("want a day such as 2026-10-01, or how many days ago, such as 30d")
	case day.After(today):
		return day, errors.New("that day is still to come")
	}
	return day, nil
}

// beside takes the path of a SQLite ledger from a folder.
func beside(folder, url string) string {
	path, isSQLite := strings.CutPrefix(url, "sqlite:")
	if !isSQLite || path == "" || filepath.IsAbs(path) {
		return url
	}
	return "sqlite:" + filepath.Join(folder, path)
}
