package ledger

import (
	"encoding/hex"
	"strings"
	"time"
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
}

type suggestionRow struct {
	Card  string `json:"card"`
	ID    string `json:"id"`
	Place int    `json:"place"`
	Kind  string `json:"kind"`
}

func (c Card) row(zone *time.Location) cardRow {
	row := cardRow{
		ID: storable(c.ID), SentAt: c.At.UnixMicro(), Day: c.At.In(zone).Format(time.DateOnly),
		Service: storable(c.Service), Client: storable(c.Client), Mark: c.Mark.hex(),
		Rules: storable(strings.Join(c.Rules, " ")), Urgency: storable(c.Urgency), Language: storable(c.Language),
		Why: storable(c.Why),
	}
	if len(c.Rules) > 0 {
		row.Rule = storable(c.Rules[0])
	}
	if c.Shown {
		row.Shown = 1
	}
	return row
}

func (c Card) suggestionRows() []suggestionRow {
	rows := make([]suggestionRow, len(c.Suggestions))
	for i, s := range c.Suggestions {
		rows[i] = suggestionRow{storable(c.ID), storable(s.ID), i, storable(s.Kind)}
	}
	return rows
}

// storable makes a text one that both databases take: PostgreSQL knows neither
// NUL nor what is not UTF-8.
func storable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

func microTime(micro int64) time.Time { return time.UnixMicro(micro).UTC() }
