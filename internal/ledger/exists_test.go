package ledger

import (
	"errors"
	"os"
	"testing"
	"time"
)

// TestWhetherThereIsALedger holds that looking for one makes none.
func TestWhetherThereIsALedger(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		is := func(want bool) {
			t.Helper()
			if found, err := Exists(t.Context(), p.url); found != want || err != nil {
				t.Errorf("%v, %v; want %v", found, err, want)
			}
		}
		is(false)
		is(false)
		if p.kind == sqlite {
			if _, err := os.Stat(p.path); err == nil {
				t.Error("looking for it made a file")
			}
			must(t, os.WriteFile(p.path, nil, 0o600))
			is(false)
		}
		l, err := Open(t.Context(), p.url, Settings{Clock: time.Now, Key: make([]byte, shortestKey)})
		must(t, err)
		is(true) // also while it is used
		must(t, l.Close(t.Context()))
		is(true)
	})
}

func TestALedgerThatDoesNotAnswerMayExist(t *testing.T) {
	if found, err := Exists(t.Context(), "postgres://u@127.0.0.1:1/x"); found || !errors.Is(err, ErrUnavailable) {
		t.Errorf("%v, %v", found, err)
	}
	if found, err := Exists(t.Context(), "elsewhere"); found || err == nil {
		t.Errorf("%v, %v", found, err)
	}
	file := t.TempDir() + "/notes.txt"
	must(t, os.WriteFile(file, []byte("These are no cards, though they are more than a hundred bytes long, so SQLite looks at them as a database: it finds none."), 0o600))
	if found, err := Exists(t.Context(), "sqlite:"+file); found || !errors.Is(err, ErrUnavailable) {
		t.Errorf("%v, %v", found, err)
	}
}
