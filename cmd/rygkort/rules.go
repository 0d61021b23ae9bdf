package main

import (
	"fmt"
	"runtime"
	"strings"
	"text/tabwriter"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rygkort/pathway"
)

// rules is the command that lists the rules.
type rules struct {
	Format string `enum:"text,json" default:"text" help:"${enum}."`
}

// rule is one rule as the list shows it.
type rule struct {
	ID        string          `json:"id"`
	Class     pathway.Class   `json:"class"`
	Urgency   pathway.Urgency `json:"urgency"`
	Sentences []string        `json:"sentences"`
	When      string          `json:"when"`
	Then      string          `json:"then"`
}

// Run prints the list.
func (c *rules) Run(a *app) error {
	listed := []rule{}
	for _, r := range pathway.Rules() {
		listed = append(listed, rule{r.ID, r.Class, r.Urgency, r.Sentences, r.When, r.Then})
	}
	if c.Format == "json" {
		if err := json.MarshalWrite(a.stdout, listed, jsontext.WithIndent("  ")); err != nil {
			return err
		}
		_, err := fmt.Fprintln(a.stdout)
		return err
	}
	table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RULE\tCLASS\tURGENCY\tTHEN\tSENTENCES")
	for _, r := range listed {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", r.ID, r.Class, r.Urgency, r.Then, strings.Join(r.Sentences, " "))
	}
	return table.Flush()
}

// about is the command that prints the version.
type about struct{}

// Run prints it.
func (about) Run(a *app) error {
	_, err := fmt.Fprintf(a.stdout, "rygkort %s, rule set %s, %s\n", version, pathway.Version, runtime.Version())
	return err
}
