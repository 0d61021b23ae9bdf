package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// setting is one that can be set in several ways, with values that differ.
type setting struct {
	place             string // in the file, and in what --check prints
	flag, environment string
	byDefault         string
	inFile            string // as YAML
	values            [3]string
}

// settings are all of serve that a flag sets, with a value by flag, environment
// and file.
var settings = []setting{
	{"listen", "--listen", "RYGKORT_LISTEN", "127.0.0.1:8080", "listen: 127.0.0.1:3", [3]string{"127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"}},
	{"public_url", "--public-url", "RYGKORT_PUBLIC_URL", "from listen", "public_url: https://file.example/", [3]string{"https://flag.example", "https://environment.example", "https://file.example"}},
	{"language", "--language", "RYGKORT_LANGUAGE", "da", "language: da", [3]string{"en", "en", "da"}},
	{"zone", "--zone", "RYGKORT_ZONE", "Europe/Copenhagen", "zone: Asia/Tokyo", [3]string{"America/Nuuk", "UTC", "Asia/Tokyo"}},
	{"deadline", "--deadline", "RYGKORT_DEADLINE", "3s", "deadline: 1500ms", [3]string{"1s", "2s", "1.5s"}},
	{"ledger", "--ledger", "RYGKORT_LEDGER", "temporary: gone when the service ends", "ledger: sqlite:/c.db", [3]string{"sqlite:/a.db", "none", "sqlite:/c.db"}},
	{"log.level", "--log-level", "RYGKORT_LOG_LEVEL", "info", "log: {level: error}", [3]string{"debug", "warn", "error"}},
	{"log.format", "--log-format", "RYGKORT_LOG_FORMAT", "auto", "log: {format: text}", [3]string{"json", "json", "text"}},
	{"pathway.extensions", "--extension", "RYGKORT_EXTENSIONS", "none", "pathway: {extensions: [R-E3]}", [3]string{"R-E1", "R-E2", "R-E3"}},
	{"pathway.parameters.mrc_severe", "--parameter", "RYGKORT_PARAMETERS", "3", "pathway: {parameters: {mrc_severe: 3}}", [3]string{"mrc_severe=2", "mrc_severe=4", "mrc_severe=3"}},
}

// inForceAt is what --check says of a setting.
func inForceAt(t *testing.T, place string, args ...string) string {
	t.Helper()
	got := command(t, "", append([]string{"serve", "--check"}, args...)...)
	if got.code != exitDone {
		t.Fatalf("exit %d: %s", got.code, got.stderr)
	}
	found := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(place) + ` +(.*)$`).FindStringSubmatch(got.stdout)
	if found == nil {
		t.Fatalf("%s is not named in\n%s", place, got.stdout)
	}
	return found[1]
}

func TestAFlagWinsOverTheEnvironmentThatOverTheFileThatOverTheDefault(t *testing.T) {
	for _, s := range settings {
		t.Run(s.place, func(t *testing.T) {
			config := newFolder(t).write("rygkort.yaml", s.inFile+"\n")
			value := func(i int) string { return strings.TrimPrefix(s.values[i], "mrc_severe=") }
			holds := func(how, want string, args ...string) {
				t.Helper()
				if got := inForceAt(t, s.place, args...); got != want {
					t.Errorf("%s: %s, want %s", how, got, want)
				}
			}
			holds("by default", s.byDefault)
			holds("in the file", value(2), "--config", config)
			t.Setenv(s.environment, "")
			holds("in an empty environment", value(2), "--config", config)
			t.Setenv(s.environment, s.values[1])
			holds("in the environment", value(1), "--config", config)
			holds("by flag", value(0), "--config", config, s.flag, s.values[0])
		})
	}
}

func TestTheFileItselfIsNamedByFlagOrEnvironment(t *testing.T) {
	in := newFolder(t)
	one, two := in.write("one.yaml", "zone: UTC\n"), in.write("two.yaml", "zone: Asia/Tokyo\n")
	t.Setenv("RYGKORT_CONFIG", one)
	if got := inForceAt(t, "zone"); got != "UTC" {
		t.Errorf("RYGKORT_CONFIG: %s", got)
	}
	if got := inForceAt(t, "zone", "--config", two); got != "Asia/Tokyo" {
		t.Errorf("--config: %s", got)
	}
}

func TestParametersAddUpByName(t *testing.T) {
	config := newFolder(t).write("rygkort.yaml", "pathway:\n  parameters:\n    mrc_severe: 4\n    episode_gap_days: 60\n")
	if got := inForceAt(t, "pathway.parameters.episode_gap_days", "--config", config, "--parameter", "mrc_severe=2"); got != "60" {
		t.Errorf("one that only the file sets: %s", got)
	}
	got := command(t, "", "serve", "--check", "--config", config, "--parameter", "mrc_paralysis=2;mrc_severe=2")
	if got.code != exitMisused || !strings.Contains(got.stderr, "mrc_paralysis: has to be lower than mrc_severe") {
		t.Errorf("exit %d: %s", got.code, got.stderr)
	}
}

func TestAWrongFlagOrEnvironmentIsNamed(t *testing.T) {
	for _, test := range []struct{ environment, value, flag, want string }{
		{"RYGKORT_DEADLINE", "3", "--deadline=3", "a time with its unit, such as 3s"},
		{"RYGKORT_DEADLINE", "-1s", "--deadline=-1s", "a time with its unit, such as 3s"},
		{"RYGKORT_DEADLINE", "21s", "--deadline=21s", "at most 20s"},
		{"RYGKORT_ZONE", "Local", "--zone=Local", "a name such as Europe/Copenhagen"},
		{"RYGKORT_LANGUAGE", "de", "--language=de", "--language must be one of"},
		{"RYGKORT_LISTEN", "127.0.0.1:http", "--listen=127.0.0.1:http", "an address such as 127.0.0.1:8080"},
		{"RYGKORT_LISTEN", "127.0.0.1:99999", "--listen=127.0.0.1:99999", "an address such as 127.0.0.1:8080"},
		{"RYGKORT_PUBLIC_URL", "https://cds.example?x=1", "--public-url=https://cds.example?x=1", "without user, query and fragment"},
		{"RYGKORT_PUBLIC_URL", "https://me:pw@cds.example", "--public-url=https://me:pw@cds.example", "without user, query and fragment"},
		{"RYGKORT_EXTENSIONS", "R-A1", "--extension=R-A1", "known are"},
		{"RYGKORT_LOG_FORMAT", "xml", "--log-format=xml", "--log-format must be one of"},
		{"RYGKORT_CONFIG", "none.yaml", "--config=none.yaml", "no such file"},
	} {
		if got := command(t, "", "serve", "--check", test.flag); got.code != exitMisused || !strings.Contains(got.stderr, test.want) {
			t.Errorf("%s: exit %d: %s", test.flag, got.code, got.stderr)
		}
		t.Setenv(test.environment, test.value)
		if got := command(t, "", "serve", "--check"); got.code != exitMisused || !strings.Contains(got.stderr, test.want) {
			t.Errorf("%s=%s: exit %d: %s", test.environment, test.value, got.code, got.stderr)
		}
		os.Unsetenv(test.environment)
	}
}

// TestRulesAndEvaluateTakeTheFileToo: what a rule says can be tried before it is
// in force.
func TestRulesAndEvaluateTakeTheFileToo(t *testing.T) {
	config := newFolder(t).write("rygkort.yaml", "public_url: https://cds.region.example\nlanguage: en\ncanonical: https://region.example/fhir\n"+
		"pathway:\n  extensions: [R-E1]\n  parameters: {mrc_severe: 2}\nclients:\n  - {name: emr, iss: https://ehr.example, keys: not-there.json}\n")
	listed := command(t, "", "rules", "--config", config)
	for _, want := range []string{`(?m)^R-E1 +EXT +on`, `(?m)^mrc_severe +2 `} {
		if listed.code != exitDone || !regexp.MustCompile(want).MatchString(listed.stdout) {
			t.Errorf("rules: exit %d, %s is not in\n%s%s", listed.code, want, listed.stdout, listed.stderr)
		}
	}
	answered := command(t, request(caudaEquina), "evaluate", "-", "--config", config)
	if answered.code != exitDone || !strings.Contains(answered.stdout, "https://cds.region.example/pathway#R-A1") || !strings.Contains(answered.stdout, "https://region.example/fhir") {
		t.Errorf("evaluate: exit %d: %s%s", answered.code, answered.stdout, answered.stderr)
	}
	if got := command(t, request(caudaEquina), "evaluate", "-", "--config", config, "--public-url", "https://flag.example"); !strings.Contains(got.stdout, "https://flag.example/pathway#R-A1") {
		t.Errorf("evaluate --public-url: %s%s", got.stdout, got.stderr)
	}
	for _, args := range [][]string{{"rules"}, {"evaluate", "-"}} {
		got := command(t, request(caudaEquina), append(args, "--config", newFolder(t).write("bad.yaml", "languge: en\n"))...)
		if got.code != exitMisused || !strings.Contains(got.stderr, "bad.yaml:1: languge: there is no such setting") {
			t.Errorf("%v: exit %d: %s", args, got.code, got.stderr)
		}
	}
}

// TestEachSettingOfADocumentIsOne holds docs/settings.md to the code: flags and
// environment as the command line has them, places as the file has them.
func TestTheSettingsPageNamesEverySettingAsItIs(t *testing.T) {
	rows := map[string][]string{} // by place
	flags := map[string]string{}  // environment by flag
	for _, row := range tableOf(t, "settings.md", "in the file", "flag", "environment", "default", "what it is") {
		place, flag, environment := plain(row[0]), plain(row[1]), plain(row[2])
		if place != "–" {
			rows[place] = row
		}
		if flag != "–" {
			flags[flag] = strings.Trim(environment, "–")
		}
	}
	if diff := cmp.Diff(everyPlace(), sortedNames(rows)); diff != "" {
		t.Errorf("places in the file, the code (-), docs/settings.md (+):\n%s", diff)
	}
	known := map[string]string{}
	options(reflect.TypeFor[serve](), "", known)
	if diff := cmp.Diff(known, flags); diff != "" {
		t.Errorf("flags and environment, the code (-), docs/settings.md (+):\n%s", diff)
	}
	for place, row := range rows {
		if place == "clients" || strings.HasPrefix(place, "clients[]") {
			continue // of these there are none by default
		}
		said := plain(row[3])
		switch place {
		case "pathway.parameters", "pathway.links", "pathway.receivers":
			continue // more than one
		case "ledger":
			if said != defaultLedger {
				t.Errorf("%s: by default %s, and docs/settings.md says %s", place, defaultLedger, said)
			}
			continue // but with demo patients, as here
		}
		if got := inForceAt(t, place); got != said && !strings.HasPrefix(got, said+":") {
			t.Errorf("%s: by default %s, and docs/settings.md says %s", place, got, said)
		}
	}
	for _, s := range settings {
		place := strings.TrimSuffix(s.place, ".mrc_severe")
		if row := rows[place]; row == nil || plain(row[1]) != s.flag || plain(row[2]) != s.environment {
			t.Errorf("%s: docs/settings.md says %q, the test of precedence %s, %s", place, row, s.flag, s.environment)
		}
	}
	if len(settings)+3 != len(known) { // --config, --check, --insecure-no-auth
		t.Errorf("the test of precedence has %d settings, serve %d flags", len(settings), len(known))
	}
}

// places are the names that a file can have.
func places(of reflect.Type, before string, into *[]string) {
	for i := range of.NumField() {
		field := of.Field(i)
		name := before + field.Tag.Get("yaml")
		switch {
		case field.Type.Kind() == reflect.Struct:
			places(field.Type, name+".", into)
		case field.Type.Kind() == reflect.Slice && field.Type.Elem().Kind() == reflect.Struct:
			places(field.Type.Elem(), name+"[].", into)
		default:
			*into = append(*into, name)
		}
	}
	slices.Sort(*into)
}

// options are the flags of a command with their environment.
func options(of reflect.Type, before string, into map[string]string) {
	for i := range of.NumField() {
		field := of.Field(i)
		if field.Type.Kind() == reflect.Struct {
			options(field.Type, before+field.Tag.Get("prefix"), into)
			continue
		}
		name := field.Tag.Get("name")
		if name == "" {
			name = regexp.MustCompile(`[A-Z][a-z]*`).ReplaceAllStringFunc(field.Name, func(word string) string { return "-" + strings.ToLower(word) })
		}
		into["--"+before+strings.TrimPrefix(name, "-")] = field.Tag.Get("env")
	}
}

func sortedNames[V any](of map[string]V) []string {
	names := []string{}
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// plain is a cell without its marks.
func plain(cell string) string { return strings.ReplaceAll(cell, "`", "") }

// tableOf are the rows of a document's tables with that head.
func tableOf(t testing.TB, document string, head ...string) [][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../docs", document))
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	inside := false
	for line := range strings.SplitSeq(string(text), "\n") {
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case !strings.HasPrefix(line, "|"):
			inside = false
		case slices.Equal(cells, head):
			inside = true
		case inside && !strings.HasPrefix(cells[0], "---"):
			if len(cells) != len(head) {
				t.Errorf("%s: a row with %d cells: %s", document, len(cells), line)
				continue
			}
			rows = append(rows, cells)
		}
	}
	if len(rows) == 0 {
		t.Fatalf("docs/%s has no table of %s", document, fmt.Sprint(head))
	}
	return rows
}

func everyPlace() []string {
	var all []string
	places(reflect.TypeFor[file](), "", &all)
	return all
}
