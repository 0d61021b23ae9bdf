package ledger

import (
	"context"
	"database/sql"
	"time"
)

// counts picks, of the answers f to a card, the one that counts.
const counts = ` AND NOT EXISTS (SELECT 1 FROM feedback g WHERE g.card = f.card
	AND (g.answered_at, g.received_at, g.entry) > (f.answered_at, f.received_at, f.entry))`

const cardsCounted = `
	SELECT c.rule, c.day, c.shown, c.why, COALESCE(f.outcome, ''), COALESCE(f.reason, ''), COUNT(*)
	FROM card c LEFT JOIN feedback f ON f.card = c.id` + counts + `
	WHERE c.sent_at >= $1 GROUP BY 1, 2, 3, 4, 5, 6`

const timesToAnswer = `
	SELECT c.rule, c.day, f.answered_at - c.sent_at
	FROM card c JOIN feedback f ON f.card = c.id` + counts + `
	WHERE c.sent_at >= $1`

// A card that was accepted twice, a suggestion each time, had both taken.
const suggestionsTaken = `
	SELECT c.rule, c.day, t.kind, COUNT(DISTINCT t.card || ' ' || t.suggestion)
	FROM accepted t JOIN card c ON c.id = t.card
	JOIN feedback f ON f.card = c.id AND f.outcome = 'accepted'` + counts + `
	WHERE c.sent_at >= $1 GROUP BY 1, 2, 3`

// Report counts the cards sent since a time and what came of them, all as of one
// moment. Cards that still wait to be written are not in it. It takes some seconds
// for 100,000 cards: its deadline is that of ctx.
func (l *Ledger) Report(ctx context.Context, since time.Time) (Report, error) {
	since = since.In(l.zone)
	report := Report{Since: since, Until: l.settings.Clock()}
	report.ApartSince = time.Date(since.Year(), since.Month(), since.Day(), 0, 0, 0, 0, l.zone)
	tallies := newTallies(l.zone)
	err := l.database.read(ctx, func(tx *sql.Tx) error {
		from := []any{since.UnixMicro()}
		if err := each(ctx, tx, cardsCounted, from, tallies.scanCards); err != nil {
			return err
		}
		if err := each(ctx, tx, timesToAnswer, from, tallies.scanTime); err != nil {
			return err
		}
		if err := each(ctx, tx, suggestionsTaken, from, tallies.scanSuggestions); err != nil {
			return err
		}
		return each(ctx, tx, "SELECT kind, CAST(SUM(number) AS BIGINT) FROM apart WHERE day >= $1 GROUP BY kind",
			[]any{since.Format(time.DateOnly)}, report.Apart.scan)
	})
	if err := l.noteRead(ctx, err); err != nil {
		return Report{}, err
	}
	tallies.fill(&report)
	return report, nil
}

func (t *tallies) scanCards(rows *sql.Rows) error {
	var rule, day, why, outcome, reason string
	var shown, number int
	if err := rows.Scan(&rule, &day, &shown, &why, &outcome, &reason, &number); err != nil {
		return err
	}
	t.each(rule, day, func(one *tally) { one.countCards(shown == 1, why, outcome, reason, number) })
	return nil
}

func (t *tallies) scanTime(rows *sql.Rows) error {
	var rule, day string
	var micros int64
	if err := rows.Scan(&rule, &day, &micros); err != nil {
		return err
	}
	t.each(rule, day, func(one *tally) { one.times = append(one.times, micros) })
	return nil
}

func (t *tallies) scanSuggestions(rows *sql.Rows) error {
	var rule, day, kind string
	var number int
	if err := rows.Scan(&rule, &day, &kind, &number); err != nil {
		return err
	}
	t.each(rule, day, func(one *tally) { count(&one.figures.Suggestions, kind, number) })
	return nil
}

func (a *Apart) scan(rows *sql.Rows) error {
	var kind string
	var number int
	if err := rows.Scan(&kind, &number); err != nil {
		return err
	}
	switch kind {
	case apartUnknown:
		a.Unknown += number
	case apartService:
		a.OtherService += number
	case apartClient:
		a.OtherClient += number
	case apartLate:
		a.Late += number
	case apartUnSuggestion:
		a.UnknownSuggestion += number
	}
	return nil
}
