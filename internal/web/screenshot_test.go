package web

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"rygkort/cards"
)

var pageFolder = flag.String("pages", "", "folder to write the report on an invented month into, to be looked at in a browser")

// TestAnInventedMonthCanBeLookedAt writes the report that docs/report.png shows:
//
//	go test ./internal/web -run LookedAt -pages /tmp
func TestAnInventedMonthCanBeLookedAt(t *testing.T) {
	if *pageFolder == "" {
		t.Skip("no -pages")
	}
	now := time.Date(2026, time.November, 20, 16, 30, 0, 0, copenhagen(t))
	p := newPractice(t, now)
	p.invent(31)
	r := p.report(midnight(now).AddDate(0, 0, -30))
	for _, language := range []cards.Language{cards.Danish, cards.English} {
		page, err := Report(r, language)
		if err != nil {
			t.Fatal(err)
		}
		told := bytes.Replace(page.HTML, []byte("<header>"), []byte(`<header><p class="warning"><b>Invented figures</b> · Opdigtede tal</p>`), 1)
		if err := os.WriteFile(filepath.Join(*pageFolder, "report-"+string(language)+".html"), told, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
