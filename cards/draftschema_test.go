//go:build r4schema

package cards_test

import (
	"testing"

	"github.com/go-json-experiment/json"

	"rygkort/cards"
	"rygkort/pathway"
)

func TestEveryDraftIsAValidR4Resource(t *testing.T) {
	s := settings()
	s.Receivers = map[string]string{
		"acute-admission": "1", "secondary-sector": "2", "mri-lumbar": "3", "physiotherapy": "4", "second-opinion": "5",
	}
	kinds := map[string]int{}
	for _, rule := range pathway.Rules() {
		for _, page := range []pathway.Page{pathway.PageUnknown, pathway.Nonspecific, pathway.NerveRootPage} {
			for _, c := range []cards.Call{call, inEnglish(), {Patient: "p1"}} {
				f := factsOn(page)
				f.YellowFlags = pathway.Fact{Answer: pathway.Yes, Evidence: hostile()}
				for _, answered := range []bool{false, true} {
					if answered { // the box's own questions are offered once nothing acute is open
						f.RedFlags, f.RedFlagsMissing, f.Gaps = pathway.Fact{Answer: pathway.Yes}, nil, nil
					}
					for _, card := range cards.New(s).Render(advised(rule, f), c) {
						for _, suggestion := range card.Suggestions {
							raw, err := json.Marshal(suggestion.Actions[0].Resource)
							if err != nil {
								t.Fatal(err)
							}
							var resource struct {
								ResourceType string `json:"resourceType"`
							}
							if err := json.Unmarshal(raw, &resource); err != nil {
								t.Fatal(err)
							}
							kinds[resource.ResourceType]++
							validateR4(t, resource.ResourceType, raw)
						}
					}
				}
			}
		}
	}
	for _, kind := range []string{"ServiceRequest", "Observation", "Communication"} {
		if kinds[kind] == 0 {
			t.Errorf("no %s was seen", kind)
		}
	}
}
