package cards

import (
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"rygkort/pathway"
)

// DefaultCanonical is the base of our code systems until an operator sets one.
const DefaultCanonical = "https://rygkort.example/fhir"

// Settings are what an installation decides about its cards.
type Settings struct {
	Canonical string            // base of our code systems; DefaultCanonical where empty
	PublicURL string            // base of the absolute URLs that we make; without it sources have neither url nor icon
	Links     map[string]string // address by name: LinkBack, LinkFilms; the default where a name is missing, no link where it is empty
	Receivers map[string]string // SOR id by our order code; none where missing
	NewUUID   func() string     // a lower-case RFC 4122 UUID
}

// Renderer writes cards. It keeps nothing between calls and may be used by
// several goroutines at once.
type Renderer struct {
	canonical string
	publicURL string
	links     map[string]string
	receivers map[string]string
	systems   map[string]string // URL of our code systems, by name
	newUUID   func() string
}

// New makes a renderer.
func New(s Settings) *Renderer {
	r := &Renderer{
		canonical: strings.TrimRight(s.Canonical, "/"),
		publicURL: strings.TrimRight(s.PublicURL, "/"),
		links:     addresses(s.Links),
		receivers: maps.Clone(s.Receivers),
		newUUID:   s.NewUUID,
	}
	if r.canonical == "" {
		r.canonical = DefaultCanonical
	}
	r.systems = map[string]string{}
	for _, name := range []string{"finding", "answer", "order", "topic", "override-reason"} {
		r.systems[name] = r.canonical + "/CodeSystem/" + name
	}
	if r.newUUID == nil {
		r.newUUID = uuid.NewString
	}
	return r
}

// Call is what one call to the service says about its cards.
type Call struct {
	Language    Language
	Patient     string          // plain FHIR id
	Encounter   string          // plain FHIR id, empty where the call has none
	Dismissed   bool            // the GP dismissed the acute card at this contact already (decision C-11)
	Understands []Understanding // what the client knows beyond CDS Hooks 2.0
}

// Understanding is a member of cards on trial in CDS Hooks 3.0, which only a
// client that is known to understand it may be sent (V3-4).
type Understanding string

// UnderstandsActionSelection is of clients that know how many actions of a
// suggestion may be taken.
const UnderstandsActionSelection Understanding = "actionSelectionBehavior"

// Understandings are all there are.
func Understandings() []Understanding { return []Understanding{UnderstandsActionSelection} }

// Render writes the cards of a decision. Without advice the list is empty, and
// never nil.
func (r *Renderer) Render(d *pathway.Decision, call Call) []Card {
	cards := make([]Card, 0, len(d.Advice))
	occasion := occasionOf(call, d.Facts.AsOf)
	for _, advice := range d.Advice {
		a := author{Renderer: r, lexicon: call.Language.lexicon(), call: call, occasion: &occasion, facts: d.Facts, advice: advice}
		cards = append(cards, a.card())
	}
	return cards
}

// author writes one card.
type author struct {
	*Renderer
	*lexicon
	*occasion
	call   Call
	facts  *pathway.Facts
	advice pathway.Advice
}

func (a *author) card() Card {
	suggestions, behavior := a.suggestions()
	if slices.Contains(a.call.Understands, UnderstandsActionSelection) {
		for i := range suggestions {
			suggestions[i].ActionSelectionBehavior = AllActions
		}
	}
	return Card{
		UUID:              a.newUUID(),
		Summary:           a.summary(),
		Detail:            a.detail(),
		Indicator:         a.advice.Urgency,
		Source:            a.source(),
		Suggestions:       suggestions,
		SelectionBehavior: behavior,
		OverrideReasons:   a.overrideReasons(),
		Links:             a.cardLinks(),
		Extension:         Extension{a.grounds()},
	}
}

// source names the leaflet or, for an extension, the guidance it comes from.
// Its url is the page on the rule: the same for every patient.
func (a *author) source() Source {
	lead := a.advice.Lead().Rule
	source := Source{
		Label: a.phrases.source,
		Topic: Coding{a.codeSystem("topic"), string(a.advice.Topic), a.topics[a.advice.Topic]},
	}
	if lead.Source != "" {
		source.Label = lead.Source
	}
	if a.publicURL != "" {
		source.URL = a.publicURL + "/pathway#" + lead.ID
		source.Icon = a.publicURL + "/icon.png"
	}
	return source
}

// codeSystem is the URL of one of our code systems.
func (r *Renderer) codeSystem(name string) string { return r.systems[name] }

// acute reports whether this is the acute card.
func (a *author) acute() bool { return a.advice.Urgency == pathway.Critical }

// words is the rule whose words say what stands. O-M3 without a criterion to
// judge asks about alarm symptoms, as O-X2 does; and where these are all
// answered and still unknown, the record could not be read.
func (a *author) words(v *pathway.Verdict) string {
	id := v.Rule.ID
	if id == "O-M3" && (a.facts.Page == pathway.NerveRootPage || a.facts.MRBox() != pathway.Unassessable) {
		id = "O-X2"
	}
	if (id == "O-X2" || id == "O-P2") && len(a.facts.RedFlagsMissing) == 0 {
		id = "R-Q0"
	}
	return id
}

// carries reports whether one of the rules is among the card's.
func (a *author) carries(ids ...string) bool {
	return slices.ContainsFunc(a.advice.Verdicts, func(v *pathway.Verdict) bool { return slices.Contains(ids, v.Rule.ID) })
}

// core are the verdicts that the card is about; what folded into it follows in
// sections of its own.
func (a *author) core() []*pathway.Verdict {
	for i, v := range a.advice.Verdicts {
		if i > 0 && v.Rule.Folds {
			return a.advice.Verdicts[:i]
		}
	}
	return a.advice.Verdicts
}

func (a *author) folded() []*pathway.Verdict { return a.advice.Verdicts[len(a.core()):] }

// grounds are the ids behind the card.
func (a *author) grounds() Grounds {
	g := Grounds{Version: pathway.Version, Sentences: a.shownSentences()}
	for _, v := range a.advice.Verdicts {
		g.Rules = appendNew(g.Rules, v.Rule.ID)
		g.Readings = appendNew(g.Readings, v.Rule.Readings...)
		if g.Class == "" || distance(v.Class) > distance(g.Class) {
			g.Class = v.Class
		}
		if g.Order == "" && v.Order != nil {
			g.Order = v.Order.Reference
		}
	}
	if a.disagreementIsALine() {
		g.Readings = appendNew(g.Readings, "A-15")
	}
	for _, concept := range a.open() {
		g.Missing = append(g.Missing, string(concept))
	}
	return g
}

// disagreementIsALine reports whether the card has to say that the record
// disagrees on the page: beside an acute card there is no room for R-S2
// (decision C-10).
func (a *author) disagreementIsALine() bool { return a.acute() && a.facts.PageDisagrees.IsYes() }

// distance orders classes from the leaflet's own words to what is not from it.
func distance(class pathway.Class) int {
	switch class {
	case pathway.Extension:
		return 3
	case pathway.System:
		return 2
	case pathway.SeedOp:
		return 1
	case pathway.Seed:
	}
	return 0
}

// appendNew appends what the list does not hold yet.
func appendNew[T comparable](list []T, items ...T) []T {
	for _, item := range items {
		if !slices.Contains(list, item) {
			list = append(list, item)
		}
	}
	return list
}
