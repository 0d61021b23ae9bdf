package main

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"rygkort/cards"
	"rygkort/hooks"
	"rygkort/pathway"
)

// file is the configuration file. What it leaves out is taken from flags, the
// environment or the defaults; a flag and the environment win over it.
type file struct {
	Listen    string         `yaml:"listen"`
	PublicURL string         `yaml:"public_url"`
	Canonical string         `yaml:"canonical"`
	Language  cards.Language `yaml:"language"`
	Zone      string         `yaml:"zone"`
	Deadline  time.Duration  `yaml:"deadline"`
	Discovery string         `yaml:"discovery"`
	Proxies   []string       `yaml:"proxies"`
	Ledger    string         `yaml:"ledger"`
	LedgerKey string         `yaml:"ledger_key"`
	Operator  string         `yaml:"operator_token"`
	Feedback  fileFeedback   `yaml:"feedback"`
	Log       fileLog        `yaml:"log"`
	TLS       fileTLS        `yaml:"tls"`
	Limits    fileLimits     `yaml:"limits"`
	Clients   []fileClient   `yaml:"clients"`
	Pathway   filePathway    `yaml:"pathway"`
}

type fileFeedback struct {
	Comments    bool `yaml:"comments"`
	Days        int  `yaml:"days"`
	CommentDays int  `yaml:"comment_days"`
}

type fileLog struct {
	Level  string `yaml:"level"`
	Format string `yaml:"format"`
}

type fileTLS struct {
	Cert     string `yaml:"cert"`
	Key      string `yaml:"key"`
	ClientCA string `yaml:"client_ca"`
}

type fileLimits struct {
	Body     int64         `yaml:"body"`
	InFlight int           `yaml:"in_flight"`
	Lifetime time.Duration `yaml:"token_lifetime"`
}

type fileClient struct {
	Name        string         `yaml:"name"`
	Issuer      string         `yaml:"iss"`
	KeySetURL   string         `yaml:"jku"`
	KeySetFile  string         `yaml:"keys"`
	FHIRServers []string       `yaml:"fhir_servers"`
	Tenants     []string       `yaml:"tenants"`
	Language    cards.Language `yaml:"language"`
	Rate        float64        `yaml:"rate"`
	Certificate string         `yaml:"certificate"`

	Understands []cards.Understanding `yaml:"understands"`
}

type filePathway struct {
	Extensions []string          `yaml:"extensions"`
	Silent     []string          `yaml:"silent"`
	Shadow     bool              `yaml:"shadow"`
	Parameters map[string]int    `yaml:"parameters"`
	Links      map[string]string `yaml:"links"`
	Receivers  map[string]string `yaml:"receivers"`
	ValueSets  string            `yaml:"valuesets"`
}

// Bounds on settings. The longest deadline leaves time to write the answer
// before the connection is given up; a token that is good for long is worth
// stealing.
const (
	longestDeadline = 20 * time.Second
	longestLifetime = time.Hour
	longestKept     = 10 * 365 // days
)

const wantDeadline = "want a time with its unit, such as 3s, above zero and at most 20s"

// paths are the members that name files.
func (f *file) paths() []*string {
	paths := []*string{&f.TLS.Cert, &f.TLS.Key, &f.TLS.ClientCA, &f.Pathway.ValueSets, &f.LedgerKey, &f.Operator}
	for i := range f.Clients {
		paths = append(paths, &f.Clients[i].KeySetFile)
	}
	return paths
}

// from takes paths from the folder in which the configuration lies.
func (f *file) from(folder string) {
	for _, path := range f.paths() {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(folder, *path)
		}
	}
	f.Ledger = beside(folder, f.Ledger)
}

// nameOfClient is how clients are named: it is a label of metrics and a word in
// the log.
var nameOfClient = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// check finds what is wrong with values by themselves.
func (f *file) check(in *reading) {
	if f.Listen != "" {
		_, err := isLocal(f.Listen)
		in.sayIf("listen", err)
	}
	if f.PublicURL != "" {
		in.sayIf("public_url", checkPublicURL(f.PublicURL, true)) // where plain http will do is known later
	}
	if f.Canonical != "" && !isWeb(f.Canonical, false) {
		in.say("canonical", "want an absolute https URL that is yours")
	}
	checkLanguage(in, "language", f.Language)
	if _, err := time.LoadLocation(f.Zone); err != nil || f.Zone == "Local" {
		in.say("zone", wantZone)
	}
	if in.has("deadline") && (f.Deadline <= 0 || f.Deadline > longestDeadline) {
		in.say("deadline", wantDeadline)
	}
	checkWord(in, "discovery", f.Discovery, "open", "token")
	checkWord(in, "log.level", f.Log.Level, "debug", "info", "warn", "error")
	checkWord(in, "log.format", f.Log.Format, "auto", "text", "json")
	for i, proxy := range f.Proxies {
		if !isProxy(proxy) {
			in.say(fmt.Sprintf("proxies[%d]", i), "want an address or a network that is not everybody's, such as 10.1.2.3 or 10.1.2.0/24")
		}
	}
	f.checkLimits(in)
	f.checkFeedback(in)
	if (f.TLS.Cert == "") != (f.TLS.Key == "") {
		in.say("tls", "cert and key go together")
	}
	if f.TLS.ClientCA != "" && f.TLS.Cert == "" {
		in.say("tls.client_ca", "needs cert and key")
	}
	for i := range f.Clients {
		f.checkClient(in, i)
	}
	if f.Discovery == "token" && len(f.Clients) == 0 {
		in.say("discovery", "token needs clients, whose tokens are asked for")
	}
	f.Pathway.check(in)
}

func (f *file) checkLimits(in *reading) {
	if in.has("limits.body") && f.Limits.Body <= 0 {
		in.say("limits.body", "want a number of bytes above zero")
	}
	if in.has("limits.in_flight") && f.Limits.InFlight <= 0 {
		in.say("limits.in_flight", "want a number of calls above zero")
	}
	if in.has("limits.token_lifetime") && (f.Limits.Lifetime <= 0 || f.Limits.Lifetime > longestLifetime) {
		in.say("limits.token_lifetime", "want a time with its unit, such as 5m, above zero and at most 1h")
	}
}

func (f *file) checkFeedback(in *reading) {
	for place, days := range map[string]int{"feedback.days": f.Feedback.Days, "feedback.comment_days": f.Feedback.CommentDays} {
		if in.has(place) && (days <= 0 || days > longestKept) {
			in.say(place, fmt.Sprintf("want a number of days from 1 to %d", longestKept))
		}
	}
	if in.has("feedback.comment_days") && !f.Feedback.Comments {
		in.say("feedback.comment_days", "needs feedback.comments: without it no comment is kept")
	}
	if isPostgres(f.Ledger) && f.LedgerKey == "" {
		in.say("ledger_key", "is missing: with PostgreSQL each process needs the same key for its marks")
	}
}

func (f *file) checkClient(in *reading, i int) {
	c, at := &f.Clients[i], fmt.Sprintf("clients[%d]", i)
	twice := func(same func(other fileClient) bool) bool { return slices.ContainsFunc(f.Clients[:i], same) }
	switch {
	case c.Name == "":
		in.say(at+".name", "is missing: what the log and the metrics call this client")
	case !nameOfClient.MatchString(c.Name):
		in.say(at+".name", "want small letters, digits and -, at most 40")
	case twice(func(o fileClient) bool { return o.Name == c.Name }):
		in.say(at+".name", "another client has this name")
	}
	switch u, err := url.Parse(c.Issuer); {
	case c.Issuer == "":
		in.say(at+".iss", "is missing: what the tokens of this client say in iss")
	case err != nil || u.Scheme == "":
		in.say(at+".iss", "want a URI, such as https://ehr.example")
	case twice(func(o fileClient) bool { return o.Issuer == c.Issuer }):
		in.say(at+".iss", "another client has this iss")
	}
	if c.KeySetURL == "" && c.KeySetFile == "" {
		in.say(at, "want jku, where its keys are fetched, or keys, a file with its JWK Set")
	}
	if c.KeySetURL != "" && !isPlace(c.KeySetURL) {
		in.say(at+".jku", "want an https URL without user and fragment; plain http is taken on a loopback address only")
	}
	for j, server := range c.FHIRServers {
		if u, err := url.Parse(server); err != nil || !isPlace(server) || u.RawQuery != "" {
			in.say(fmt.Sprintf("%s.fhir_servers[%d]", at, j), "want the https URL of a FHIR service base, without user, query and fragment; plain http is taken on a loopback address only")
		}
	}
	for j, tenant := range c.Tenants {
		if tenant == "" {
			in.say(fmt.Sprintf("%s.tenants[%d]", at, j), "is empty; leave tenants out to take any")
		}
	}
	if in.has(at+".tenants") && len(c.Tenants) == 0 {
		in.say(at+".tenants", "is empty; leave tenants out to take any")
	}
	checkLanguage(in, at+".language", c.Language)
	for j, member := range c.Understands {
		if !slices.Contains(cards.Understandings(), member) {
			in.say(fmt.Sprintf("%s.understands[%d]", at, j), "is nothing that is sent to those alone who understand it; known are "+joined(cards.Understandings()))
		}
	}
	if in.has(at+".rate") && !(c.Rate > 0 && c.Rate <= 1e6) {
		in.say(at+".rate", "want calls in a second, above zero")
	}
	if c.Certificate != "" && f.TLS.ClientCA == "" {
		in.say(at+".certificate", "needs tls.client_ca, by which certificates are checked")
	}
}

func (p *filePathway) check(in *reading) {
	scratch := pathway.DefaultParameters()
	for _, name := range slices.Sorted(maps.Keys(p.Parameters)) {
		in.sayIf("pathway.parameters."+name, setParameter(&scratch, name, p.Parameters[name]))
	}
	if scratch.MRCParalysis >= scratch.MRCSevere {
		in.say("pathway.parameters", "mrc_paralysis has to be lower than mrc_severe")
	}
	for i, id := range p.Extensions {
		if !slices.Contains(pathway.ExtensionIDs(), id) {
			in.say(fmt.Sprintf("pathway.extensions[%d]", i), "there is no such extension; known are "+strings.Join(pathway.ExtensionIDs(), ", "))
		}
	}
	for i, id := range p.Silent {
		if !slices.Contains(pathway.SilenceableIDs(), id) {
			in.say(fmt.Sprintf("pathway.silent[%d]", i), "there is no such rule, or it is never silent: what is acute is not, nor is R-Q0")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.Links)) {
		if name != cards.LinkBack && name != cards.LinkFilms {
			in.say("pathway.links."+name, "there is no such link; known are "+cards.LinkBack+" and "+cards.LinkFilms)
		} else if p.Links[name] != "" && !isWeb(p.Links[name], true) {
			in.say("pathway.links."+name, `want an absolute http or https URL, or "" for no link`)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.Receivers)) {
		if !slices.Contains(receivers, name) {
			in.say("pathway.receivers."+name, "no draft is addressed for that; known are "+strings.Join(receivers, ", "))
		} else if !sorID.MatchString(p.Receivers[name]) {
			in.say("pathway.receivers."+name, `want a SOR id in quotes, such as "325421000016001"`)
		}
	}
}

// receivers are what drafts can be addressed for, by our order codes.
var receivers = orderCodes(
	pathway.OrderAcuteAdmission, pathway.OrderChiropractic, pathway.OrderExtendedWorkup, pathway.OrderFollowUp,
	pathway.OrderMRILumbar, pathway.OrderMunicipal, pathway.OrderPhysiotherapy, pathway.OrderProlapsePackage,
	pathway.OrderSecondOpinion, pathway.OrderSecondarySector, pathway.OrderSpecialist,
)

func orderCodes(orders ...pathway.Concept) []string {
	codes := make([]string, len(orders))
	for i, order := range orders {
		codes[i] = strings.TrimPrefix(string(order), "order-")
	}
	return codes
}

var sorID = regexp.MustCompile(`^[0-9]{1,20}$`)

// joined are words in a row.
func joined[W ~string](words []W) string {
	texts := make([]string, len(words))
	for i, word := range words {
		texts[i] = string(word)
	}
	return strings.Join(texts, ", ")
}

func checkLanguage(in *reading, place string, language cards.Language) {
	checkWord(in, place, string(language), string(cards.Danish), string(cards.English))
}

func checkWord(in *reading, place, word string, known ...string) {
	if word != "" && !slices.Contains(known, word) {
		in.say(place, "want "+strings.Join(known, " or "))
	}
}

// isWeb reports whether a text is an absolute web address.
func isWeb(text string, plain bool) bool {
	u, err := url.Parse(text)
	return err == nil && u.Hostname() != "" && u.User == nil && (u.Scheme == "https" || plain && u.Scheme == "http")
}

// isPlace reports whether a text is an address that is called, and nobody
// between can listen in.
func isPlace(text string) bool {
	u, err := url.Parse(text)
	return err == nil && isWeb(text, true) && !strings.Contains(text, "#") && (u.Scheme == "https" || hooks.IsLoopback(u.Hostname()))
}

// isProxy reports whether a text is the address of a proxy, or a network of them.
func isProxy(text string) bool {
	if address, err := netip.ParseAddr(text); err == nil {
		return address.Zone() == "" && !address.IsUnspecified()
	}
	network, err := netip.ParsePrefix(text)
	return err == nil && network.Bits() > 0
}

// setParameter sets one number of the rule set.
func setParameter(inForce *pathway.Parameters, name string, value int) error {
	known := pathway.ParameterList()
	i := slices.IndexFunc(known, func(p pathway.Parameter) bool { return p.Name == name })
	switch {
	case i < 0:
		return errors.New("there is no such parameter; `rygkort rules` lists them")
	case known[i].Min == known[i].Max:
		return fmt.Errorf("the leaflet itself says %d", known[i].Min)
	case !known[i].Set(inForce, value):
		return fmt.Errorf("want %d to %d", known[i].Min, known[i].Max)
	}
	return nil
}
