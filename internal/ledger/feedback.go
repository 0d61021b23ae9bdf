package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"time"
)

// answerRow is a Feedback as the table has it.
type answerRow struct {
	Entry        string  `json:"entry"`
	Card         string  `json:"card"`
	Outcome      string  `json:"outcome"`
	Reason       string  `json:"reason"`
	ReasonSystem string  `json:"reason_system"`
	AnsweredAt   int64   `json:"answered_at"`
	ReceivedAt   int64   `json:"received_at"`
	Remark       *string `json:"remark"`

	suggestions []string
}

type acceptedRow struct {
	Entry      string `json:"entry"`
	Suggestion string `json:"suggestion"`
	Card       string `json:"card"`
	Kind       string `json:"kind"`
}

type idRow struct {
	ID string `json:"id"`
}

// apartRow counts feedback that belongs to no card.
type apartRow struct {
	Day     string `json:"day"`
	Kind    string `json:"kind"`
	Service string `json:"service"`
	Client  string `json:"client"`
	Number  int    `json:"number"`
}

// The kinds of an apartRow.
const (
	apartUnknown      = "unknown"
	apartService      = "service"
	apartClient       = "client"
	apartLate         = "late"
	apartUnSuggestion = "suggestion"
)

// Feedback stores an array, whole or not at all. It is durable when it returns,
// and harmless when repeated: an entry is the same when card, outcome,
// suggestions, reason and time are. Entries on cards that are not this client's
// and service's are counted and no error. It fails with [ErrUnavailable] or
// [ErrRefused].
func (l *Ledger) Feedback(ctx context.Context, client, service string, entries []Feedback) (Receipt, error) {
	if len(entries) == 0 {
		return Receipt{}, nil
	}
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, l.settings.Timeout)
	defer cancel()
	post := l.newPost(client, service, entries)
	if l.queue.holds(post.cards) {
		if err := l.flush(ctx); err != nil {
			return Receipt{}, l.note(caller, err)
		}
	}
	err := l.database.write(ctx, func(tx *sql.Tx) error { return l.record(ctx, tx, post) })
	if errors.Is(err, errLookAgain) {
		err = l.recordLater(ctx, post)
	}
	if err := l.note(caller, err); err != nil {
		return Receipt{}, err
	}
	l.heard.hear(post.events)
	return post.receipt, nil
}

// errLookAgain says that a card may still wait in another process.
var errLookAgain = errors.New("a card is not there yet")

// recordLater gives other processes on this database the time that they may take
// to write a card.
func (l *Ledger) recordLater(ctx context.Context, post *post) error {
	select {
	case <-time.After(min(2*l.settings.FlushEvery, l.settings.Timeout/2)):
	case <-ctx.Done():
		return ctx.Err()
	}
	post.lastLook = true
	return l.database.write(ctx, func(tx *sql.Tx) error { return l.record(ctx, tx, post) })
}

// post is one array of feedback on its way into the tables.
type post struct {
	client, service string
	now             time.Time
	day             string
	answers         []answerRow // each once, in the order of their keys: two posts at once cannot deadlock
	copies          map[string]int
	cards           []string
	lastLook        bool

	// What recording finds.
	receipt Receipt
	events  []event
}

func (l *Ledger) newPost(client, service string, entries []Feedback) *post {
	now := l.settings.Clock()
	p := &post{
		client: storable(client), service: storable(service), now: now, day: now.In(l.zone).Format(time.DateOnly),
		copies: map[string]int{}, lastLook: l.database.address.kind == sqlite,
	}
	for _, f := range entries {
		row := answerRow{
			Card: storable(f.Card), Outcome: storable(f.Outcome),
			Reason: storable(f.Reason), ReasonSystem: storable(f.ReasonSystem),
			AnsweredAt: f.At.UnixMicro(), ReceivedAt: now.UnixMicro(),
		}
		for _, id := range f.Suggestions {
			row.suggestions = append(row.suggestions, storable(id))
		}
		slices.Sort(row.suggestions)
		row.suggestions = slices.Compact(row.suggestions)
		row.Entry = hashOf(row.Card, row.Outcome, row.Reason, row.ReasonSystem,
			strconv.FormatInt(row.AnsweredAt, 10), hashOf(row.suggestions...))
		if f.Comment != "" && l.settings.Comments {
			remark := storable(f.Comment)
			row.Remark = &remark
		}
		p.copies[row.Entry]++
		if p.copies[row.Entry] > 1 {
			continue
		}
		p.answers = append(p.answers, row)
		p.cards = append(p.cards, row.Card)
	}
	slices.SortFunc(p.answers, func(a, b answerRow) int { return cmp.Compare(a.Entry, b.Entry) })
	slices.Sort(p.cards)
	p.cards = slices.Compact(p.cards)
	return p
}

// sentCard is what is known of the card of an answer.
type sentCard struct {
	service, client, mark, rule string
	suggestions                 []Suggestion
}

// record puts a post into the tables. It may run several times.
func (l *Ledger) record(ctx context.Context, tx *sql.Tx, p *post) error {
	p.receipt, p.events = Receipt{}, nil
	sent, pruned, err := l.lookUp(ctx, tx, p.cards)
	if err != nil {
		return err
	}
	var ours []answerRow
	for _, answer := range p.answers {
		copies := p.copies[answer.Entry]
		card, known := sent[answer.Card]
		switch {
		case known && card.client != p.client:
			p.receipt.OtherClient += copies
		case known && card.service != p.service:
			p.receipt.OtherService += copies
		case known:
			ours = append(ours, answer)
			p.receipt.Repeated += copies
		case pruned[answer.Card]:
			p.receipt.Late += copies
		case !p.lastLook:
			return errLookAgain
		default:
			p.receipt.Unknown += copies
		}
	}
	if err := l.insertAnswers(ctx, tx, p, ours, sent); err != nil {
		return err
	}
	return l.countApart(ctx, tx, p)
}

func (l *Ledger) lookUp(ctx context.Context, tx *sql.Tx, ids []string) (sent map[string]sentCard, pruned map[string]bool, err error) {
	wanted := make([]idRow, len(ids))
	for i, id := range ids {
		wanted[i].ID = id
	}
	list, err := jsonOf(wanted)
	if err != nil {
		return nil, nil, err
	}
	from := l.database.rows("id text")
	sent, pruned = map[string]sentCard{}, map[string]bool{}
	err = each(ctx, tx, "SELECT c.id, c.service, c.client, c.mark, c.rule, c.suggestions FROM "+from+
		" JOIN card c ON c.id = r.id WHERE c.shown = 1", []any{list}, func(rows *sql.Rows) error {
		var id, suggestions string
		var card sentCard
		if err := rows.Scan(&id, &card.service, &card.client, &card.mark, &card.rule, &suggestions); err != nil {
			return err
		}
		card.suggestions = readSuggestions(suggestions)
		sent[id] = card
		return nil
	})
	if err != nil || len(sent) == len(ids) {
		return sent, pruned, err
	}
	err = each(ctx, tx, "SELECT p.id FROM "+from+" JOIN pruned p ON p.id = r.id", []any{list}, func(rows *sql.Rows) error {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		pruned[id] = true
		return nil
	})
	return sent, pruned, err
}

// insertAnswers stores what is new among the answers on our cards.
func (l *Ledger) insertAnswers(ctx context.Context, tx *sql.Tx, p *post, answers []answerRow, sent map[string]sentCard) error {
	if len(answers) == 0 {
		return nil
	}
	list, err := jsonOf(answers)
	if err != nil {
		return err
	}
	isNew := map[string]bool{}
	const columns = "entry, card, outcome, reason, reason_system, answered_at, received_at, remark"
	err = each(ctx, tx, "INSERT INTO feedback ("+columns+") SELECT "+columns+" FROM "+
		l.database.rows("entry text, card text, outcome text, reason text, reason_system text, answered_at bigint, received_at bigint, remark text")+
		" WHERE true ORDER BY entry ON CONFLICT (entry) DO NOTHING RETURNING entry", []any{list}, func(rows *sql.Rows) error {
		var entry string
		if err := rows.Scan(&entry); err != nil {
			return err
		}
		isNew[entry] = true
		return nil
	})
	if err != nil {
		return err
	}
	var accepted []acceptedRow
	for _, answer := range answers {
		if !isNew[answer.Entry] {
			continue
		}
		p.receipt.Stored++
		p.receipt.Repeated--
		card := sent[answer.Card]
		for _, id := range answer.suggestions {
			i := slices.IndexFunc(card.suggestions, func(s Suggestion) bool { return s.ID == id })
			if i < 0 {
				p.receipt.UnknownSuggestion++
				continue
			}
			accepted = append(accepted, acceptedRow{answer.Entry, id, answer.Card, card.suggestions[i].Kind})
		}
		p.events = append(p.events, event{
			card: answer.Card, mark: markOf(card.mark), rule: card.rule, overridden: answer.Outcome == "overridden",
			answered: answer.AnsweredAt, received: answer.ReceivedAt, entry: answer.Entry,
		})
	}
	if len(accepted) == 0 {
		return nil
	}
	return l.database.insert(ctx, tx, "accepted", "entry text, suggestion text, card text, kind text", accepted)
}

func (l *Ledger) countApart(ctx context.Context, tx *sql.Tx, p *post) error {
	var rows []apartRow
	for _, one := range []struct {
		kind   string
		number int
	}{
		{apartClient, p.receipt.OtherClient},
		{apartLate, p.receipt.Late},
		{apartService, p.receipt.OtherService},
		{apartUnSuggestion, p.receipt.UnknownSuggestion},
		{apartUnknown, p.receipt.Unknown},
	} {
		if one.number > 0 {
			rows = append(rows, apartRow{p.day, one.kind, p.service, p.client, one.number})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	list, err := jsonOf(rows)
	if err != nil {
		return err
	}
	const columns = "day, kind, service, client, number"
	_, err = tx.ExecContext(ctx, "INSERT INTO apart ("+columns+") SELECT "+columns+" FROM "+
		l.database.rows("day text, kind text, service text, client text, number bigint")+
		" WHERE true ORDER BY kind ON CONFLICT (day, kind, service, client) DO UPDATE SET number = apart.number + excluded.number", list)
	return err
}
