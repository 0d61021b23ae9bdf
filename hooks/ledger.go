package hooks

import (
	"slices"
	"time"

	"rygkort/cards"
	"rygkort/internal/ledger"
	"rygkort/pathway"
)

// Why a card was not sent, as the ledger counts it.
const (
	whyDismissed = "restraint"
	whySilent    = "silent"
	whyShadow    = "shadow"
)

// contact is a patient at one contact, as the ledger marks it: the encounter,
// or the day where the call names none (decision C-11).
func (s *Service) contact(client *Client, r *Request, now time.Time) ledger.Mark {
	if s.config.Ledger == nil {
		return ledger.Mark{}
	}
	where := "Encounter/" + r.Encounter
	if r.Encounter == "" {
		where = now.Format(time.DateOnly)
	}
	return s.config.Ledger.Mark(client.Name, r.Patient, where)
}

// dismissed are the rules whose cards the GP set aside at this contact.
func (s *Service) dismissed(mark ledger.Mark) []string {
	if s.config.Ledger == nil {
		return nil
	}
	return s.config.Ledger.Dismissed(mark)
}

// wasDismissed reports whether the acute card stands though the GP set it aside
// at this contact: it comes again and says so.
func wasDismissed(d *pathway.Decision, dismissed []string) bool {
	return len(d.Advice) > 0 && d.Advice[0].Urgency == pathway.Critical && slices.Contains(dismissed, d.Advice[0].Lead().Rule.ID)
}

// kept is what the ledger is told of an answer: the cards, and those that were
// decided and not sent, with why.
type kept struct {
	client   *Client
	request  *Request
	mark     ledger.Mark
	language cards.Language
	at       time.Time
}

// keep writes an answer into the ledger, without waiting for it. Cards and
// suggestions are known by their uuids (R79, R163).
func (s *Service) keep(k kept, d *pathway.Decision, sent []cards.Card) {
	if s.config.Ledger == nil {
		return
	}
	for i, advice := range d.Advice {
		card := k.card(idsOf(advice.Verdicts), advice.Urgency)
		card.ID = sent[i].UUID
		card.Shown = !s.config.Shadow
		if s.config.Shadow {
			card.Why = whyShadow
		}
		for _, suggestion := range sent[i].Suggestions {
			card.Suggestions = append(card.Suggestions, ledger.Suggestion{ID: suggestion.UUID, Kind: suggestion.Kind})
		}
		s.config.Ledger.Sent(card)
	}
	for _, out := range d.LeftOut {
		why := map[string]string{pathway.BecauseDismissed: whyDismissed, pathway.BecauseSilent: whySilent}[out.Because]
		if why == "" || out.Verdict.Rule.Folds { // what folds into a card has none of its own to count
			continue
		}
		card := k.card([]string{out.Verdict.Rule.ID}, out.Verdict.Urgency)
		card.Why = why
		s.config.Ledger.Sent(card)
	}
}

func (k kept) card(rules []string, urgency pathway.Urgency) ledger.Card {
	return ledger.Card{
		Service: k.request.Service, Rules: rules, Urgency: string(urgency), Language: string(k.language),
		Client: k.client.Name, Mark: k.mark, At: k.at,
	}
}

func idsOf(verdicts []*pathway.Verdict) []string {
	ids := make([]string, 0, len(verdicts))
	for _, v := range verdicts {
		if !slices.Contains(ids, v.Rule.ID) {
			ids = append(ids, v.Rule.ID)
		}
	}
	return ids
}
