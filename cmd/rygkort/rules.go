package main

import (
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rygkort/pathway"
)

// rules is the command that lists the rules and the numbers they use.
type rules struct {
	Format string `enum:"text,json" default:"text" help:"${enum}."`
	answering
}

// ruleSet is what is in force, as the list shows it.
type ruleSet struct {
	Version    string      `json:"version"`
	Rules      []rule      `json:"rules"`
	Parameters []parameter `json:"parameters"`
	Extensions []string    `json:"extensions"`
}

type rule struct {
	ID        string          `json:"id"`
	Class     pathway.Class   `json:"class"`
	State     string          `json:"state"` // on, off, or quiet: decided and never a card of its own
	Urgency   pathway.Urgency `json:"urgency"`
	Sentences []string        `json:"sentences"`
	When      string          `json:"when"`
	Then      string          `json:"then"`
}

type parameter struct {
	Name   string `json:"name"`
	Value  int    `json:"value"`
	Min    int    `json:"min"`
	Max    int    `json:"max"`
	Origin string `json:"origin"`
}

// Run prints the list.
func (c *rules) Run(a *app) error {
	f, err := readFile(c.Config)
	if err != nil {
		return err
	}
	parameters, err := c.inForce(f)
	if err != nil {
		return err
	}
	set := ruleSet{Version: pathway.Version, Extensions: append([]string{}, parameters.Extensions...)}
	for _, r := range pathway.Rules() {
		set.Rules = append(set.Rules, rule{r.ID, r.Class, stateOf(r, parameters), r.Urgency, append([]string{}, r.Sentences...), r.When, r.Then})
	}
	for _, p := range pathway.ParameterList() {
		set.Parameters = append(set.Parameters, parameter{p.Name, p.Of(parameters), p.Min, p.Max, p.Origin})
	}
	if c.Format == "json" {
		if err := json.MarshalWrite(a.stdout, set, jsontext.WithIndent("  ")); err != nil {
			return err
		}
		_, err := fmt.Fprintln(a.stdout)
		return err
	}
	table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RULE\tCLASS\tSTATE\tURGENCY\tTHEN\tSENTENCES")
	for _, r := range set.Rules {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.Class, r.State, r.Urgency, r.Then, strings.Join(r.Sentences, " "))
	}
	fmt.Fprintln(table, "\nPARAMETER\tVALUE\tBOUNDS\tORIGIN")
	for _, p := range set.Parameters {
		bounds := fmt.Sprintf("%d–%d", p.Min, p.Max)
		if p.Min == p.Max {
			bounds = "fixed"
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\n", p.Name, p.Value, bounds, p.Origin)
	}
	return table.Flush()
}

// stateOf says whether a rule can make a card.
func stateOf(r *pathway.Rule, parameters pathway.Parameters) string {
	switch {
	case r.Class == pathway.Extension && !slices.Contains(parameters.Extensions, r.ID):
		return "off"
	case r.Quiet:
		return "quiet"
	default:
		return "on"
	}
}

// inForce are the parameters by name, for the log.
func inForce(parameters pathway.Parameters) map[string]int {
	values := map[string]int{}
	for _, p := range pathway.ParameterList() {
		values[p.Name] = p.Of(parameters)
	}
	return values
}

// numbers are the parameters by name, in the order of the documentation.
func numbers(before string, parameters pathway.Parameters) [][2]string {
	var lines [][2]string
	for _, p := range pathway.ParameterList() {
		lines = append(lines, [2]string{before + p.Name, strconv.Itoa(p.Of(parameters))})
	}
	return lines
}

// about is the command that prints the version.
type about struct{}

// Run prints it.
func (about) Run(a *app) error {
	_, err := fmt.Fprintf(a.stdout, "rygkort %s, rule set %s, %s\n", version, pathway.Version, runtime.Version())
	return err
}
