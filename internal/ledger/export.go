package ledger

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"strings"
	"time"
)

// exportedCard is a line of an export. The mark is left out: nobody outside has a
// use for it.
type exportedCard struct {
	Type        string               `json:"type"`
	ID          string               `json:"id"`
	SentAt      time.Time            `json:"sentAt"`
	Service     string               `json:"service"`
	Client      string               `json:"client"`
	Rules       []string             `json:"rules"`
	Urgency     string               `json:"urgency"`
	Language    string               `json:"language"`
	Shown       bool                 `json:"shown"`
	Why         string               `json:"why,omitempty"`
	Suggestions []exportedSuggestion `json:"suggestions,omitempty"`
}

type exportedSuggestion struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
}

type exportedFeedback struct {
	Type         string    `json:"type"`
	Card         string    `json:"card"`
	Outcome      string    `json:"outcome"`
	Suggestions  []string  `json:"suggestions,omitempty"`
	Reason       string    `json:"reason,omitempty"`
	ReasonSystem string    `json:"reasonSystem,omitempty"`
	AnsweredAt   time.Time `json:"answeredAt"`
	ReceivedAt   time.Time `json:"receivedAt"`
	Comment      string    `json:"comment,omitempty"`

	entry string
}

// Export writes all cards and then all feedback, one JSON object a line, the
// oldest first, all as of one moment. The same ledger gives the same lines.
func (l *Ledger) Export(ctx context.Context, w io.Writer) error {
	buffered := bufio.NewWriter(w)
	lines := json.NewEncoder(buffered)
	lines.SetEscapeHTML(false)
	var written error // to w: says nothing about the database
	line := func(value any) error {
		written = lines.Encode(value)
		return written
	}
	err := l.database.read(ctx, func(tx *sql.Tx) error {
		if err := exportCards(ctx, tx, line); err != nil {
			return err
		}
		return exportFeedback(ctx, tx, line)
	})
	if written != nil {
		return written
	}
	if err := l.noteRead(ctx, err); err != nil {
		return err
	}
	return buffered.Flush()
}

func exportCards(ctx context.Context, tx *sql.Tx, line func(any) error) error {
	return each(ctx, tx, `SELECT id, sent_at, service, client, rules, urgency, language, shown, why, suggestions
		FROM card ORDER BY sent_at, id`, nil, func(rows *sql.Rows) error {
		card := exportedCard{Type: "card"}
		var sentAt int64
		var rules, suggestions string
		var shown int
		err := rows.Scan(&card.ID, &sentAt, &card.Service, &card.Client, &rules, &card.Urgency, &card.Language, &shown, &card.Why, &suggestions)
		if err != nil {
			return err
		}
		card.SentAt, card.Rules, card.Shown = microTime(sentAt), strings.Fields(rules), shown == 1
		for _, s := range readSuggestions(suggestions) {
			card.Suggestions = append(card.Suggestions, exportedSuggestion(s))
		}
		return line(card)
	})
}

func exportFeedback(ctx context.Context, tx *sql.Tx, line func(any) error) error {
	var answer exportedFeedback
	err := each(ctx, tx, `SELECT f.entry, f.card, f.outcome, f.reason, f.reason_system, f.answered_at, f.received_at, f.remark, t.suggestion
		FROM feedback f LEFT JOIN accepted t ON t.entry = f.entry
		ORDER BY f.received_at, f.answered_at, f.entry, t.suggestion`, nil, func(rows *sql.Rows) error {
		next := exportedFeedback{Type: "feedback"}
		var answeredAt, receivedAt int64
		var remark, suggestion sql.NullString
		err := rows.Scan(&next.entry, &next.Card, &next.Outcome, &next.Reason, &next.ReasonSystem, &answeredAt, &receivedAt, &remark, &suggestion)
		if err != nil {
			return err
		}
		if next.entry != answer.entry {
			if answer.Type != "" {
				if err := line(answer); err != nil {
					return err
				}
			}
			next.AnsweredAt, next.ReceivedAt, next.Comment = microTime(answeredAt), microTime(receivedAt), remark.String
			answer = next
		}
		if suggestion.Valid {
			answer.Suggestions = append(answer.Suggestions, suggestion.String)
		}
		return nil
	})
	if err == nil && answer.Type != "" {
		err = line(answer)
	}
	return err
}
