package ledger

import (
	"context"
	"database/sql"
	"encoding/hex"
	"strings"
	"time"
	"unicode"
)

// Card is one card that was sent, or was decided and not shown.
type Card struct {
	ID          string // its uuid; one that was not shown may have none
	Suggestions []Suggestion
	Service     string
	Rules       []string // ids of the rules it speaks for, the lead first
	Urgency     string
	Language    string
	Client      string
	Mark        Mark
	At          time.Time
	Shown       bool
	Why         string // why it was not shown: restraint, silent, shadow; a fixed word
}

// Suggestion is one suggestion of a card.
type Suggestion struct {
	ID   string // its uuid
	Kind string // what it would do, in a fixed word such as a rule or an order concept; no label
}

// Feedback is what came back on one card.
type Feedback struct {
	Card        string
	Outcome     string   // "accepted" or "overridden"
	Suggestions []string // ids of the accepted ones

	// Reason is a code that the service sent. It is stored as it is, so the caller
	// lets no other pass: a client could write anything there.
	Reason       string
	ReasonSystem string

	Comment string    // dropped unless [Settings.Comments]
	At      time.Time // outcomeTimestamp
}

// Receipt says what became of each entry of an array. Stored, Repeated and the
// ways of belonging to no card add up to the length of the array.
type Receipt struct {
	Stored       int
	Repeated     int // were stored before, or stand twice in the array
	Unknown      int // no such card was sent
	OtherService int // the card was another service's
	OtherClient  int // the card was another client's
	Late         int // the card is pruned

	UnknownSuggestion int // accepted suggestions that the card did not have
}

// Mark stands for a patient in one contact, at one client. Nobody without the key
// can make it from the patient or the patient from it. The zero Mark is none.
type Mark [16]byte

func (m Mark) hex() string { return hex.EncodeToString(m[:]) }

// markOf reads what hex wrote; anything else is no mark.
func markOf(text string) Mark {
	var m Mark
	if b, err := hex.DecodeString(text); err == nil && len(b) == len(m) {
		copy(m[:], b)
	}
	return m
}

// cardRow is a Card as the table has it. The names are those of its columns.
type cardRow struct {
	ID       string `json:"id"`
	SentAt   int64  `json:"sent_at"`
	Day      string `json:"day"`
	Service  string `json:"service"`
	Client   string `json:"client"`
	Mark     string `json:"mark"`
	Rule     string `json:"rule"`
	Rules    string `json:"rules"`
	Urgency  string `json:"urgency"`
	Language string `json:"language"`
	Shown    int    `json:"shown"`
	Why      string `json:"why"`

	Suggestions string `json:"suggestions"`
}

const cardColumns = "id text, sent_at bigint, day text, service text, client text, mark text, rule text, rules text, urgency text, language text, shown int, why text, suggestions text"

// insertSingly is for SQLite, whose JSON functions take longer than its writing.
func insertSingly(ctx context.Context, tx *sql.Tx, rows []cardRow) error {
	names := namesOf(cardColumns)
	statement, err := tx.PrepareContext(ctx, "INSERT INTO card ("+strings.Join(names, ", ")+") VALUES (?"+strings.Repeat(", ?", len(names)-1)+") ON CONFLICT DO NOTHING")
	if err != nil {
		return err
	}
	defer statement.Close()
	for _, r := range rows {
		_, err := statement.ExecContext(ctx, r.ID, r.SentAt, r.Day, r.Service, r.Client, r.Mark, r.Rule, r.Rules, r.Urgency, r.Language, r.Shown, r.Why, r.Suggestions)
		if err != nil {
			return err
		}
	}
	return nil
}

func (c Card) row(zone *time.Location) cardRow {
	row := cardRow{
		ID: storable(c.ID), SentAt: c.At.UnixMicro(), Day: c.At.In(zone).Format(time.DateOnly),
		Service: storable(c.Service), Client: storable(c.Client), Mark: c.Mark.hex(),
		Rules: storable(strings.Join(c.Rules, " ")), Urgency: storable(c.Urgency), Language: storable(c.Language),
		Why: storable(c.Why), Suggestions: writeSuggestions(c.Suggestions),
	}
	if len(c.Rules) > 0 {
		row.Rule = storable(c.Rules[0])
	}
	if c.Shown {
		row.Shown = 1
	}
	return row
}

// writeSuggestions is how a card's suggestions stand in its row, so that it takes
// one and not one more for each: "mri:3f1c… physiotherapy:9b02…". What has white
// space in it cannot stand there.
func writeSuggestions(suggestions []Suggestion) string {
	words := make([]string, 0, len(suggestions))
	for _, s := range suggestions {
		if word := storable(s.Kind + ":" + s.ID); !strings.ContainsFunc(word, unicode.IsSpace) {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}

// readSuggestions reads what writeSuggestions wrote.
func readSuggestions(text string) []Suggestion {
	var suggestions []Suggestion
	for word := range strings.FieldsSeq(text) {
		kind, id, _ := strings.Cut(word, ":")
		suggestions = append(suggestions, Suggestion{ID: id, Kind: kind})
	}
	return suggestions
}

// storable makes a text one that both databases take: PostgreSQL knows neither
// NUL nor what is not UTF-8.
func storable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

func microTime(micro int64) time.Time { return time.UnixMicro(micro).UTC() }
