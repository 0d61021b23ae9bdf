package main

import (
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"rygkort/hooks"
)

// configuration is all that serve goes by: flags, environment, file and
// defaults put together.
type configuration struct {
	answers
	file      *file
	listen    string
	local     bool   // listen is reached from this machine alone
	publicURL string // empty: from the listener
	deadline  time.Duration
	level     slog.Level
	format    string // of the log
	ledger    string // its URL; noLedger for none, empty for one that goes when the service ends
	open      bool   // --insecure-no-auth
}

// configuration reads what is in force now.
func (c *serve) configuration() (*configuration, error) {
	f, err := readFile(c.Config)
	if err != nil {
		return nil, err
	}
	in, err := c.settle(f)
	if err != nil {
		return nil, err
	}
	if c.Deadline > longestDeadline {
		return nil, fmt.Errorf("%w: --deadline: %s", errMisused, wantDeadline)
	}
	configured := &configuration{
		answers: in, file: f, listen: first(c.Listen, f.Listen, defaultListen),
		publicURL: strings.TrimRight(first(c.PublicURL, f.PublicURL), "/"),
		deadline:  first(c.Deadline, f.Deadline, hooks.DefaultDeadline),
		level:     c.Log.level(f), format: c.Log.format(f), open: c.InsecureNoAuth,
		ledger: first(c.Ledger, f.Ledger),
	}
	if err := configured.mayRun(); err != nil {
		return nil, err
	}
	if configured.ledger == "" && !configured.isDemo() {
		configured.ledger = defaultLedger
	}
	return configured, configured.checkLedger()
}

// mayRun refuses what would be open to strangers, on the way or here.
func (c *configuration) mayRun() error {
	var err error
	if c.local, err = isLocal(c.listen); err != nil {
		return fmt.Errorf("%w: --listen: %w", errMisused, err)
	}
	if c.publicURL != "" {
		if err := checkPublicURL(c.publicURL, c.open && !c.asks()); err != nil {
			return fmt.Errorf("%w: --public-url: %w", errMisused, err)
		}
	}
	isHTTPS := strings.HasPrefix(strings.ToLower(c.publicURL), "https:")
	switch {
	case !c.asks() && !c.local && !c.open:
		return fmt.Errorf("%w: --listen %s can be reached by other machines, and no client is configured, so callers cannot be "+
			"told apart. Configure clients (docs/integration.md), listen on 127.0.0.1 or, knowing that whoever reaches the address "+
			"may call, add --insecure-no-auth", errMisused, c.listen)
	case c.asks() && c.publicURL == "":
		return fmt.Errorf("%w: public_url is needed where clients are configured: their tokens say it in aud", errMisused)
	case c.file.TLS.Cert != "" && c.publicURL != "" && !isHTTPS:
		return fmt.Errorf("%w: public_url says http, and with tls.cert the service is reached by https only", errMisused)
	case c.asks() && !c.local && !isHTTPS:
		return fmt.Errorf("%w: --listen %s can be reached by other machines, and by public_url their calls come in plain http. "+
			"Set tls, or put a TLS proxy in front and give its https address as public_url", errMisused, c.listen)
	}
	return nil
}

// asks reports whether callers are asked who they are.
func (c *configuration) asks() bool { return len(c.file.Clients) > 0 }

// isDemo reports whether there are invented patients.
func (c *configuration) isDemo() bool { return c.local && !c.asks() }

// mode is in one word who may call.
func (c *configuration) mode() string {
	switch {
	case c.asks():
		return "clients"
	case c.isDemo():
		return "demo"
	default:
		return "open"
	}
}

func (c *configuration) isTLS() bool { return c.file.TLS.Cert != "" }

// fixed are the settings that differ and cannot change while the service runs.
func (c *configuration) fixed(from *configuration) []string {
	var names []string
	for _, setting := range []struct {
		name    string
		differs bool
	}{
		{"listen", c.listen != from.listen},
		{"public_url", c.publicURL != from.publicURL},
		{"tls (on or off)", c.isTLS() != from.isTLS()},
		{"clients (none or some)", c.mode() != from.mode()},
		{"log.format", c.format != from.format},
		{"ledger", c.mode() == from.mode() && (c.ledger != from.ledger || c.file.LedgerKey != from.file.LedgerKey)},
		{"feedback", c.file.Feedback != from.file.Feedback},
		{"zone (with demo patients)", c.isDemo() && c.zone.String() != from.zone.String()},
	} {
		if setting.differs {
			names = append(names, setting.name)
		}
	}
	return names
}

// files are all that the configuration is read from, beside its own file.
func (c *configuration) files() []string {
	var files []string
	for _, path := range c.file.paths() {
		if *path != "" {
			files = append(files, *path)
		}
	}
	return files
}

// lines are what is in force, by the names of the file, for people. Secrets are
// none of it: files are named, not shown.
func (c *configuration) lines() [][2]string {
	f := c.file
	list := func(texts []string, none string) string { return first(joined(texts), none) }
	lines := [][2]string{
		{"mode", map[string]string{
			"clients": "clients are asked who they are",
			"demo":    "demo: invented patients, nobody is asked who they are; this machine only",
			"open":    "--insecure-no-auth: nobody is asked who they are, and other machines may call",
		}[c.mode()]},
		{"listen", c.listen},
		{"public_url", first(c.publicURL, "from listen")},
		{"canonical", c.canonical},
		{"language", string(c.language)},
		{"zone", c.zone.String()},
		{"deadline", c.deadline.String()},
		{"discovery", first(f.Discovery, "open")},
		{"proxies", list(f.Proxies, "none: X-Forwarded-For is not read")},
		{"ledger", first(c.ledger, "temporary: gone when the service ends")},
		{"ledger_key", first(f.LedgerKey, "beside the ledger")},
		{"operator_token", first(f.Operator, "none: the report is shown on this machine only")},
		{"feedback.comments", map[bool]string{true: "kept", false: "dropped"}[f.Feedback.Comments]},
		{"feedback.days", fmt.Sprint(first(f.Feedback.Days, defaultDays))},
		{"feedback.comment_days", fmt.Sprint(first(f.Feedback.CommentDays, defaultCommentDays))},
		{"log.level", strings.ToLower(c.level.String())},
		{"log.format", c.format},
		{"tls.cert", first(f.TLS.Cert, "none: plain http")},
		{"tls.key", first(f.TLS.Key, "none")},
		{"tls.client_ca", first(f.TLS.ClientCA, "none: no certificate is asked for")},
		{"limits.body", fmt.Sprint(first(f.Limits.Body, hooks.DefaultMaxBody))},
		{"limits.in_flight", fmt.Sprint(first(f.Limits.InFlight, hooks.DefaultInFlight))},
		{"limits.token_lifetime", first(f.Limits.Lifetime, defaultLifetime).String()},
		{"pathway.extensions", list(c.parameters.Extensions, "none")},
		{"pathway.silent", list(c.parameters.Silent, "none")},
		{"pathway.shadow", map[bool]string{true: "on: decided and counted, no card is sent", false: "off"}[f.Pathway.Shadow]},
		{"pathway.valuesets", first(c.valueSets, "none")},
	}
	lines = append(lines, numbers("pathway.parameters.", c.parameters)...)
	for _, named := range []struct {
		under  string
		values map[string]string
	}{{"pathway.links.", c.links}, {"pathway.receivers.", c.receivers}} {
		for _, name := range slices.Sorted(maps.Keys(named.values)) {
			lines = append(lines, [2]string{named.under + name, first(named.values[name], "none")})
		}
	}
	for i := range f.Clients {
		client := &f.Clients[i]
		at := "clients." + client.Name + "."
		lines = append(lines,
			[2]string{at + "iss", client.Issuer},
			[2]string{at + "jku", first(client.KeySetURL, "none")},
			[2]string{at + "keys", first(client.KeySetFile, "none")},
			[2]string{at + "fhir_servers", list(client.FHIRServers, "none is read")},
			[2]string{at + "tenants", list(client.Tenants, "any")},
			[2]string{at + "language", string(first(client.Language, c.language))},
			[2]string{at + "understands", first(joined(client.Understands), "CDS Hooks 2.0")},
			[2]string{at + "rate", rateOf(client.Rate)},
			[2]string{at + "certificate", first(client.Certificate, "any")},
		)
	}
	for i := range lines {
		lines[i][1] = masked(lines[i][1])
	}
	return lines
}

func rateOf(rate float64) string {
	if rate == 0 {
		return "as many as it likes"
	}
	return fmt.Sprintf("%g a second", rate)
}

// masked is a text in which no URL has a password or a query: both may hold
// secrets.
func masked(text string) string {
	words := strings.Split(text, ", ")
	for i, word := range words {
		if u, err := url.Parse(word); err == nil && u.Host != "" && (u.User != nil || u.RawQuery != "") {
			if u.User != nil {
				u.User = url.User("xxxxx")
			}
			if u.RawQuery != "" {
				u.RawQuery = "xxxxx"
			}
			words[i] = u.String()
		}
	}
	return strings.Join(words, ", ")
}

// warnings are what whoever runs the service has to know at all times.
func (c *configuration) warnings() []string {
	var warnings []string
	if c.ledger == noLedger {
		warnings = append(warnings, "no ledger: feedback is not taken, and cards that were dismissed come again")
	}
	if c.file.Pathway.Shadow {
		warnings = append(warnings, "pathway.shadow is on: no card is sent, acute ones neither")
	}
	switch c.mode() {
	case "demo":
		return append(warnings, "demo mode: nobody is asked who they are; this machine only")
	case "open":
		return append(warnings, "nobody is asked who they are: --insecure-no-auth is set, and other machines reach this address")
	}
	if c.open {
		warnings = append(warnings, "--insecure-no-auth has no effect: clients are configured, and are asked who they are")
	}
	if slices.ContainsFunc(c.file.Clients, func(client fileClient) bool { return client.Certificate == "" }) && c.file.TLS.ClientCA != "" {
		warnings = append(warnings, "a client without certificate: it may call with any certificate that tls.client_ca has signed")
	}
	return warnings
}
