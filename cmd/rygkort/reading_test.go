package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestAWrongFileIsRefusedByLineWithWhatWouldBeRight: the text in the middle is
// the whole error behind the file's name.
func TestAWrongFileIsRefusedByLineWithWhatWouldBeRight(t *testing.T) {
	_, known := memberOf(reflect.ValueOf(file{}), "")
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", ":1: holds no settings; without --config the service starts with invented patients"},
		{"comments alone", "# listen: 127.0.0.1:1\n", ":1: holds no settings; without --config the service starts with invented patients"},
		{"two documents", "zone: UTC\n---\nzone: UTC\n", ":3: a second document begins here; one is read"},
		{"a tab", "log:\n\tlevel: info\n", ":2: is not YAML: indent with blanks, not with tabs"},
		{"a list", "[1, 2]\n", ":1: want settings below it, as name: value"},
		{"a setting twice", "zone: UTC\nlanguage: da\nzone: UTC\n", `:3: a setting stands there twice: mapping key "zone" already defined at [1:1]`},
		{"a parameter twice", "pathway:\n  parameters:\n    mrc_severe: 2\n    mrc_severe: 3\n", `:4: a setting stands there twice: mapping key "mrc_severe" already defined at [3:5]`},
		{"an open quote", "zone: \"UTC\n", ":1: is not YAML: could not find end character of double-quoted text"},
		{"an unknown setting", "zone: UTC\ntimezone: UTC\n", ":2: timezone: there is no such setting; known here are " + strings.Join(known, ", ")},
		{"an unknown setting below", "tls:\n  cert: a\n  key: b\n  ca: c\n", ":4: tls.ca: there is no such setting; known here are cert, key, client_ca"},
		{"an unknown setting of a client", "clients:\n  - name: emr\n    iss: https://ehr.example\n    jku: https://ehr.example/jwks.json\n    secret: hunter2\n", ":5: clients[0].secret: there is no such setting; known here are name, iss, jku, keys, fhir_servers, tenants, language, rate, certificate, understands"},
		{"a name that is none", "5: a\n", ":1: line 1: want the name of a setting and a value, as name: value"},
		{"a merge key", "<<: {zone: UTC}\n", ":1: line 1: want the name of a setting and a value, as name: value"},
		{"an alias", "zone: *there\n", ":1: zone: anchors, aliases and tags are not taken; write the value itself"},
		{"a tag", "zone: !!str UTC\n", ":1: zone: anchors, aliases and tags are not taken; write the value itself"},
		{"nothing behind a name", "log:\n", ":1: log: has no value; leave it out for the default"},
		{"a number for a text", "zone: 5\n", ":1: zone: want a text; put it into quotes"},
		{"a tenant that would lose its zeros", "clients:\n  - name: emr\n    iss: https://ehr.example\n    jku: https://ehr.example/jwks.json\n    tenants: [007]\n", ":5: clients[0].tenants[0]: want a text; put it into quotes"},
		{"a truth for a word", "discovery: yes\n", ":1: discovery: want open or token"},
		{"a text for a section", "log: info\n", ":1: log: want settings below it, as name: value"},
		{"a section for a list", "clients:\n  name: emr\n", ":1: clients: want a list, as [a, b] or a line with - for each"},
		{"a time without its unit", "deadline: 3\n", ":1: deadline: want a time with its unit, such as 3s"},
		{"a time that is none", "deadline: soon\n", ":1: deadline: want a time with its unit, such as 3s"},
		{"a time that is too long", "deadline: 1m\n", ":1: deadline: want a time with its unit, such as 3s, above zero and at most 20s"},
		{"no time at all", "deadline: 0s\n", ":1: deadline: want a time with its unit, such as 3s, above zero and at most 20s"},
		{"a size with a unit", "limits: {body: 5MB}\n", ":1: limits.body: want a whole number"},
		{"a size of nothing", "limits: {body: 0}\n", ":1: limits.body: want a number of bytes above zero"},
		{"half a call", "limits: {in_flight: 1.5}\n", ":1: limits.in_flight: want a whole number"},
		{"no calls", "limits: {in_flight: -1}\n", ":1: limits.in_flight: want a number of calls above zero"},
		{"a token for a day", "limits: {token_lifetime: 24h}\n", ":1: limits.token_lifetime: want a time with its unit, such as 5m, above zero and at most 1h"},
		{"an address without a port", "listen: localhost\n", ":1: listen: want an address such as 127.0.0.1:8080"},
		{"a public URL without a scheme", "public_url: cds.example\n", ":1: public_url: want an absolute http or https URL without user, query and fragment"},
		{"a canonical that is none", "canonical: region\n", ":1: canonical: want an absolute https URL that is yours"},
		{"a language", "language: de\n", ":1: language: want da or en"},
		{"a zone", "zone: Rungsted\n", ":1: zone: want a name such as Europe/Copenhagen"},
		{"a zone that depends on the machine", "zone: Local\n", ":1: zone: want a name such as Europe/Copenhagen"},
		{"a level", "log: {level: loud}\n", ":1: log.level: want debug or info or warn or error"},
		{"a certificate without its key", "zone: UTC\ntls:\n  cert: server.pem\n", ":2: tls: cert and key go together"},
		{"a client CA without TLS", "tls:\n  client_ca: ca.pem\n", ":2: tls.client_ca: needs cert and key"},
		{"asking nobody for a token", "discovery: token\n", ":1: discovery: token needs clients, whose tokens are asked for"},
		{"a parameter out of bounds", "pathway:\n  parameters:\n    mrc_severe: 9\n", ":3: pathway.parameters.mrc_severe: want 2 to 4"},
		{"a parameter of the leaflet", "pathway: {parameters: {mr_weeks_min: 3}}\n", ":1: pathway.parameters.mr_weeks_min: the leaflet itself says 4"},
		{"an unknown parameter", "pathway: {parameters: {mrc: 3}}\n", ":1: pathway.parameters.mrc: there is no such parameter; `rygkort rules` lists them"},
		{"parameters that contradict", "pathway: {parameters: {mrc_severe: 2, mrc_paralysis: 2}}\n", ":1: pathway.parameters: mrc_paralysis has to be lower than mrc_severe"},
		{"an unknown extension", "pathway:\n  extensions:\n    - R-E1\n    - R-A1\n", ":4: pathway.extensions[1]: there is no such extension; known are F-15, F-16, F-17, R-E1, R-E2, R-E3, O-S1, O-S2, O-X1, O-D1, O-D2"},
		{"an unknown link", "pathway: {links: {leaflet: https://a.example}}\n", ":1: pathway.links.leaflet: there is no such link; known are ondtiryggen and patienthaandbogen"},
		{"a link to nowhere", "pathway: {links: {ondtiryggen: ondtiryggen.example}}\n", `:1: pathway.links.ondtiryggen: want an absolute http or https URL, or "" for no link`},
		{"a receiver of nothing", "pathway: {receivers: {surgery: \"1\"}}\n", ":1: pathway.receivers.surgery: no draft is addressed for that; known are acute-admission, chiropractic, extended-back-workup, follow-up, mri-lumbar, municipal-service, physiotherapy, prolapse-package, second-opinion, secondary-sector, practising-specialist"},
		{"a receiver without an id", "pathway: {receivers: {mri-lumbar: Rontgen}}\n", `:1: pathway.receivers.mri-lumbar: want a SOR id in quotes, such as "325421000016001"`},
	} {
		t.Run(test.name, func(t *testing.T) { holdsFault(t, test.text, test.want) })
	}
}

// holdsFault holds that a file is refused with just those lines.
func holdsFault(t *testing.T, text string, want ...string) {
	t.Helper()
	config := newFolder(t).write("rygkort.yaml", text)
	got := command(t, "", "serve", "--check", "--config", config)
	for i := range want {
		want[i] = config + want[i]
	}
	if all := "rygkort: wrong usage: " + strings.Join(want, "\n  ") + "\n"; got.code != exitMisused || got.stderr != all || got.stdout != "" {
		t.Errorf("exit %d, %swant\n%s", got.code, got.stderr, all)
	}
}

func TestAWrongClientIsRefusedByWhatItLacks(t *testing.T) {
	const good = "    iss: https://ehr.example\n    jku: https://ehr.example/jwks.json\n"
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", "clients:\n  - language: da\n", []string{
			":2: clients[0].name: is missing: what the log and the metrics call this client",
			":2: clients[0].iss: is missing: what the tokens of this client say in iss",
			":2: clients[0]: want jku, where its keys are fetched, or keys, a file with its JWK Set",
		}},
		{"a name", "clients:\n  - name: Our EMR\n" + good, []string{":2: clients[0].name: want small letters, digits and -, at most 40"}},
		{"a name twice", "clients:\n  - name: emr\n" + good + "  - name: emr\n    iss: https://other.example\n    jku: https://ehr.example/jwks.json\n", []string{":5: clients[1].name: another client has this name"}},
		{"an iss twice", "clients:\n  - name: emr\n" + good + "  - name: other\n" + good, []string{":6: clients[1].iss: another client has this iss"}},
		{"an iss", "clients:\n  - name: emr\n    iss: emr\n    keys: emr.json\n", []string{":3: clients[0].iss: want a URI, such as https://ehr.example"}},
		{"plain http", "clients:\n  - name: emr\n    iss: https://ehr.example\n    jku: http://ehr.example/jwks.json\n    fhir_servers:\n      - http://ehr.example/fhir\n", []string{
			":4: clients[0].jku: want an https URL without user and fragment; plain http is taken on a loopback address only",
			":6: clients[0].fhir_servers[0]: want the https URL of a FHIR service base, without user, query and fragment; plain http is taken on a loopback address only",
		}},
		{"tenants", "clients:\n  - name: emr\n" + good + "    tenants: [t1, \"\"]\n", []string{":5: clients[0].tenants[1]: is empty; leave tenants out to take any"}},
		{"no tenants", "clients:\n  - name: emr\n" + good + "    tenants: []\n", []string{":5: clients[0].tenants: is empty; leave tenants out to take any"}},
		{"what nobody is asked to understand", "clients:\n  - name: emr\n" + good + "    understands: [actionSelectionBehavior, systemActions, \"\"]\n", []string{
			":5: clients[0].understands[1]: is nothing that is sent to those alone who understand it; known are actionSelectionBehavior",
			":5: clients[0].understands[2]: is nothing that is sent to those alone who understand it; known are actionSelectionBehavior",
		}},
		{"no calls", "clients:\n  - name: emr\n" + good + "    rate: 0\n", []string{":5: clients[0].rate: want calls in a second, above zero"}},
		{"no number of calls", "clients:\n  - name: emr\n" + good + "    rate: .nan\n", []string{":5: clients[0].rate: want a number"}},
		{"a certificate that nobody checks", "clients:\n  - name: emr\n" + good + "    certificate: emr\n", []string{":5: clients[0].certificate: needs tls.client_ca, by which certificates are checked"}},
		{"a language", "clients:\n  - name: emr\n" + good + "    language: de\n", []string{":5: clients[0].language: want da or en"}},
	} {
		t.Run(test.name, func(t *testing.T) { holdsFault(t, test.text, test.want...) })
	}
}

func TestSeveralFaultsAreNamedAtOnceFromTopToBottomWithoutAValue(t *testing.T) {
	config := newFolder(t).write("rygkort.yaml", strings.Join([]string{
		"listen: s3cret-1", "public_url: https://me:s3cret-2@cds.example", "deadline: s3cret-3", "s3cret: s3cret-4",
		"clients:", "  - name: S3cret-5", "    iss: s3cret-6", "    jku: https://me:s3cret-7@ehr.example", "    fhir_servers: [https://ehr.example/fhir?key=s3cret-8]",
		"pathway:", "  links: {ondtiryggen: s3cret-9}", "",
	}, "\n"))
	got := command(t, "", "serve", "--check", "--config", config)
	lines := strings.Split(strings.TrimSpace(got.stderr), "\n")
	if len(lines) != 9 {
		t.Fatalf("%d faults:\n%s", len(lines), got.stderr)
	}
	for i, line := range []string{":1: ", ":2: ", ":3: ", ":4: ", ":6: ", ":7: ", ":8: ", ":9: ", ":11: "} {
		if !strings.Contains(lines[i], config+line) {
			t.Errorf("%d: %s, want line %s", i, lines[i], line)
		}
	}
	if strings.Contains(got.stderr, "s3cret-") || strings.Contains(got.stderr, "S3cret-") {
		t.Errorf("a value is shown:\n%s", got.stderr)
	}
}

func TestAFileIsReadAsEditorsWriteIt(t *testing.T) {
	for name, text := range map[string]string{
		"with a byte order mark":  "\ufeffzone: UTC\n",
		"with Windows lines":      "zone: UTC\r\nlanguage: en\r\n",
		"with marks of document":  "---\nzone: UTC\n...\n",
		"with comments":           "# ours\nzone: UTC # yes\n\n# end\n",
		"with quotes":             "\"zone\": 'UTC'\n",
		"folded":                  "zone: >-\n  UTC\n",
		"in one line, as of JSON": `{"zone": "UTC", "log": {"level": "info"}}`,
		"without an end":          "zone: UTC",
	} {
		config := newFolder(t).write("rygkort.yaml", text)
		if got := inForceAt(t, "zone", "--config", config); got != "UTC" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestAFileThatCannotBeReadIsNamed(t *testing.T) {
	folder := t.TempDir()
	for path, want := range map[string]string{filepath.Join(folder, "none.yaml"): "no such file", folder: "is a directory"} {
		got := command(t, "", "serve", "--config", path)
		if got.code != exitMisused || !strings.Contains(got.stderr, want) || !strings.Contains(got.stderr, path) {
			t.Errorf("exit %d: %s", got.code, got.stderr)
		}
	}
}

// FuzzReadFile: whatever a file holds, it is read or refused by line, and what
// is read can be put in force or is refused.
func FuzzReadFile(f *testing.F) {
	f.Add("zone: UTC\nclients:\n  - {name: emr, iss: https://a, jku: https://a/b, tenants: [\"007\"]}\n")
	f.Add("a: &b [*b]\n? - c\n: |\n d\n--- !!map {}\n<<: *b")
	f.Add("pathway: {parameters: {mrc_severe: 2}, links: {ondtiryggen: \"\"}}\ntls: {cert: a, key: b}")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "f.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := readFile(path)
		if err != nil && !strings.HasPrefix(err.Error(), "wrong usage: "+path+":") {
			t.Errorf("%q: %v", text, err)
		}
		c := serve{answering: answering{Config: path}}
		if in, err := c.configuration(); err == nil {
			in.lines()
		}
	})
}
