package cards

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"rygkort/pathway"
)

var languages = map[Language]*lexicon{Danish: &danish, English: &english}

func TestEveryRuleHasASummaryAndATextInBothLanguages(t *testing.T) {
	for language, x := range languages {
		ids := map[string]bool{}
		for _, rule := range pathway.Rules() {
			ids[rule.ID] = true
			w := x.rules[rule.ID]
			if w.summary == "" || w.body == "" {
				t.Errorf("%s: %s has no summary or no text", language, rule.ID)
			}
			runes, units := utf8.RuneCountInString(w.summary), len(utf16.Encode([]rune(w.summary)))
			if runes >= 140 || units >= 140 {
				t.Errorf("%s: the summary of %s has %d characters", language, rule.ID, runes)
			}
			if marked := strings.HasPrefix(w.summary, map[Language]string{Danish: "Ikke fra pixibogen", English: "Not from the leaflet"}[language]); marked != (rule.Class == pathway.Extension) {
				t.Errorf("%s: %s is of class %s, and its summary is %q", language, rule.ID, rule.Class, w.summary)
			}
			if sentences := strings.Count(w.body+" ", ". "); sentences < 1 || sentences > 3 {
				t.Errorf("%s: the text of %s has %d sentences, not one to three", language, rule.ID, sentences)
			}
		}
		for id := range x.rules {
			if !ids[id] {
				t.Errorf("%s: %s is no rule", language, id)
			}
		}
	}
}

// texts walks every string of the tables, and says where it stands.
func texts(at string, value reflect.Value, visit func(at, text string)) {
	switch value.Kind() {
	case reflect.String:
		visit(at, value.String())
	case reflect.Pointer:
		texts(at, value.Elem(), visit)
	case reflect.Struct:
		for i := range value.NumField() {
			texts(at+"."+value.Type().Field(i).Name, value.Field(i), visit)
		}
	case reflect.Map:
		for _, key := range value.MapKeys() {
			texts(at+"."+key.String(), value.MapIndex(key), visit)
		}
	case reflect.Array, reflect.Slice:
		for i := range value.Len() {
			texts(at, value.Index(i), visit)
		}
	}
}

func TestNoTextOfOursCalmsOrWithholdsImaging(t *testing.T) {
	count := 0
	for language, x := range languages {
		texts(string(language), reflect.ValueOf(x), func(at, text string) {
			count++
			if text == "" {
				t.Errorf("%s is empty", at)
			}
			if found := Forbidden(text); len(found) > 0 {
				t.Errorf("%s says %q: %q", at, found, text)
			}
			if strings.Contains(text, "](") || strings.ContainsAny(text, "<`") {
				t.Errorf("%s holds HTML, code or a link: %q", at, text)
			}
		})
	}
	if count < 600 {
		t.Errorf("only %d texts were seen", count)
	}
}

func TestTheLeafletItselfSaysNothingForbidden(t *testing.T) {
	for _, s := range pathway.Leaflet() {
		if found := Forbidden(s.Text); len(found) > 0 {
			t.Errorf("%s says %q, so the law needs an exception for quotations", s.ID, found)
		}
		if escape(s.Text) != s.Text {
			t.Errorf("%s would need escaping, and then it is not verbatim: %q", s.ID, s.Text)
		}
	}
}

func TestForbiddenPhrasesAreFound(t *testing.T) {
	for text, want := range map[string]bool{
		"Der er ingen  RØDE flag.":         true,
		"There are no red flags":           true,
		"Tilstanden er ufarlig":            true,
		"kan udelukkes":                    true,
		"Cauda equina is ruled out":        true,
		"MR ikke indiceret":                true,
		"MRI not indicated":                true,
		"It is safe.":                      true,
		"normal":                           true,
		"Refleks: Normal, venstre":         true,
		"Afklar MR-sikkerheden":            false,
		"Clear MR safety":                  false,
		"Ikke registreret er ikke fravær.": false,
		"abnormal":                         false,
		"paranormale":                      false,
	} {
		if found := Forbidden(text); (len(found) > 0) != want {
			t.Errorf("%q: found %q", text, found)
		}
	}
}

func TestBothLanguagesTakeTheSameArguments(t *testing.T) {
	verb := regexp.MustCompile(`%[a-z]`)
	arguments := func(x *lexicon) map[string][]string {
		found := map[string][]string{}
		texts("", reflect.ValueOf(x.phrases), func(at, text string) { found[at] = verb.FindAllString(text, -1) })
		return found
	}
	da, en := arguments(&danish), arguments(&english)
	for at, want := range da {
		if !slices.Equal(want, en[at]) {
			t.Errorf("phrases%s takes %q in Danish and %q in English", at, want, en[at])
		}
	}
}

func TestBothLanguagesNameTheSameThings(t *testing.T) {
	keys := func(table any) []string {
		var list []string
		for _, key := range reflect.ValueOf(table).MapKeys() {
			list = append(list, key.String())
		}
		slices.Sort(list)
		return list
	}
	for name, tables := range map[string][2]any{
		"findings":   {danish.findings, english.findings},
		"answers":    {danish.answers, english.answers},
		"conditions": {danish.conditions, english.conditions},
		"orders":     {danish.orders, english.orders},
		"muscles":    {danish.muscles, english.muscles},
		"parts":      {danish.parts, english.parts},
		"topics":     {danish.topics, english.topics},
		"overrides":  {danish.overrides, english.overrides},
	} {
		if da, en := keys(tables[0]), keys(tables[1]); !slices.Equal(da, en) {
			t.Errorf("%s: Danish names %q, English %q", name, da, en)
		}
	}
}

func TestEverySentenceOfTheLeafletIsTranslated(t *testing.T) {
	for _, s := range pathway.Leaflet() {
		if translations[s.ID] == "" {
			t.Errorf("%s has no translation", s.ID)
		}
	}
	if len(translations) != len(pathway.Leaflet()) {
		t.Errorf("%d translations of %d sentences", len(translations), len(pathway.Leaflet()))
	}
}

func TestTheBoxesAndTheAnswersOnOfferExist(t *testing.T) {
	for _, box := range slices.Concat(nonspecificBoxes, nerveRootBoxes) {
		for _, id := range box {
			if pathway.SentenceText(id) == "" {
				t.Errorf("%s is no sentence of the leaflet", id)
			}
		}
	}
	rules := map[string]bool{}
	for _, rule := range pathway.Rules() {
		rules[rule.ID] = true
	}
	for id, q := range questionAnswers {
		for _, answer := range q.answers {
			if !rules[id] || danish.answers[answer] == "" || danish.findings[q.concept] == "" {
				t.Errorf("%s offers %s: %s, which is not known", id, q.concept, answer)
			}
		}
	}
	for id, list := range referrals {
		for _, r := range list {
			if !rules[id] || danish.orders[r.order] == "" || r.priority != routine && r.priority != asap {
				t.Errorf("%s suggests %+v, which is not known", id, r)
			}
		}
	}
	for _, id := range append(slices.Clone(messages), followsContacts...) {
		if !rules[id] {
			t.Errorf("%s is no rule", id)
		}
	}
}

func TestEveryRedFlagItemCanBeAnsweredBothWays(t *testing.T) {
	for _, item := range pathway.RedFlagItems() {
		for _, x := range languages {
			if x.answers[absent(item)] == "" || x.answers[present(item)] == "" || absent(item) == present(item) {
				t.Errorf("%s: %q and %q", item, absent(item), present(item))
			}
		}
	}
}

func TestOrdinals(t *testing.T) {
	for n, want := range map[int]string{1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 13: "13th", 21: "21st", 112: "112th"} {
		if got := english.ordinal(n); got != want {
			t.Errorf("%d is %q, not %q", n, got, want)
		}
	}
	if got := danish.ordinal(4); got != "4." {
		t.Errorf("4 is %q", got)
	}
}
