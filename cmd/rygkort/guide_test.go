package main

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rygkort/fhir"
	"rygkort/hooks"
)

// blocks are the code blocks of a document that stand below a mark.
func blocks(t *testing.T, document, mark string) []string {
	t.Helper()
	text := string(mustRead(t, filepath.Join("../../docs", document)))
	var found []string
	for _, match := range regexp.MustCompile("(?s)<!-- test: "+mark+" -->\n```[a-z]*\n(.*?)```").FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	if len(found) == 0 {
		t.Fatalf("docs/%s has no code block marked %s", document, mark)
	}
	return found
}

// TestTheGuidesConfigurationIsWhole: it can be put in force, and names every
// setting there is.
func TestTheGuidesConfigurationIsWhole(t *testing.T) {
	in := newFolder(t)
	full(t, in, "https://ehr.example/jwks.json")
	in.write("clients.pem", newAuthority(t, "clients").pem())
	in.write("trial.json", keySet(t, newSigner(t, "k1", "https://trial.example")))
	text := blocks(t, "integration.md", "configuration")[0]
	got := command(t, "", "serve", "--check", "--config", in.write("guide.yaml", text))
	if got.code != exitDone || strings.Contains(got.stdout, "warning") {
		t.Fatalf("exit %d: %s%s", got.code, got.stdout, got.stderr)
	}
	_, read, err := readAsFarAsPossible(filepath.Join(in.path, "guide.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, place := range everyPlace() {
		if !read.has(strings.Replace(place, "[]", "[0]", 1)) && !read.has(strings.Replace(place, "[]", "[1]", 1)) {
			t.Errorf("docs/integration.md: the whole configuration lacks %s", place)
		}
	}
}

// TestACallIsSignedAsTheGuideSays runs the guide's own commands, against a
// service with the guide's own configuration.
func TestACallIsSignedAsTheGuideSays(t *testing.T) {
	for _, tool := range []string{"bash", "openssl", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not on this machine", tool)
		}
	}
	steps := blocks(t, "integration.md", "sign")
	address := freeAddress(t)
	for i := range steps {
		steps[i] = strings.ReplaceAll(steps[i], "127.0.0.1:8080", address)
	}
	last := len(steps) - 1
	folder := t.TempDir()
	shell := func(script string) string {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		command := exec.CommandContext(ctx, "bash", "-eu", "-o", "pipefail", "-c", script)
		command.Dir = folder
		command.Env = append(os.Environ(), "no_proxy=*", "NO_PROXY=*")
		var stderr strings.Builder
		command.Stderr = &stderr
		out, err := command.Output()
		if err != nil || stderr.Len() > 0 {
			t.Fatalf("%v: %s\n%s", err, stderr.String(), script)
		}
		return string(out)
	}
	shell(strings.Join(steps[:last], "\n"))
	_, log, _ := serving(t, "serve", "--config", filepath.Join(folder, "try.yaml"))
	function := steps[0][:strings.Index(steps[0], "\n")+1] // base64url; the reader's shell still has it
	again := steps[last][strings.LastIndex(steps[last], "curl "):]
	said := shell(function + steps[last] + "echo\n" + again)
	first, second, _ := strings.Cut(said, "\n")
	if !strings.Contains(first, `"indicator":"critical"`) || !strings.Contains(first, "cauda equina") {
		t.Errorf("%s\n%s", first, log)
	}
	if !strings.Contains(second, "a token of this jti has been used") {
		t.Errorf("the same token once more: %s", second)
	}
}

// TestTheGuideExplainsEachReasonForWhichATokenIsRefused holds the table to the
// sources of package trust: no reason and no sentence is missing, and none is
// there that is never said.
func TestTheGuideExplainsEachReasonForWhichATokenIsRefused(t *testing.T) {
	reasons, said := refusals(t)
	rows := map[string]string{} // "reason: sentence" → what to do
	for _, row := range tableOf(t, "integration.md", "the answer says", "the log says", "what to do") {
		rows[row[1]+": "+row[0]] = row[2]
		if row[2] == "" {
			t.Errorf("%s: what to do?", row[0])
		}
	}
	var want []string
	explained := map[string]bool{}
	for _, one := range said {
		want = append(want, reasons[one.reason]+": "+one.sentence)
		explained[one.reason] = true
	}
	slices.Sort(want)
	if diff := cmp.Diff(slices.Compact(want), sortedNames(rows)); diff != "" {
		t.Errorf("internal/trust (-), docs/integration.md (+):\n%s", diff)
	}
	for reason := range reasons {
		if !explained[reason] && reason != "ErrReplayUnavailable" && reason != "ErrReplayFull" {
			t.Errorf("%s is in no refusal, or this test cannot see it", reason)
		}
	}
	if !strings.Contains(string(mustRead(t, "../../docs/integration.md")), "it cannot be told whether the token was used before") {
		t.Error("ErrReplayUnavailable is not explained")
	}
}

// refused is one way in which package trust turns a caller away.
type refused struct{ reason, sentence string }

// refusals reads the reasons of package trust, and each refusal that it makes:
// deny(reason, sentence), distrust(reason, …) and Denied{Reason, Description}.
func refusals(t *testing.T) (reasons map[string]string, said []refused) {
	t.Helper()
	reasons = map[string]string{}
	unproved := ""
	for _, source := range sources(t, "../../internal/trust") {
		ast.Inspect(source, func(n ast.Node) bool {
			value, isValue := n.(*ast.ValueSpec)
			if !isValue || len(value.Values) != 1 {
				return true
			}
			name := value.Names[0].Name
			if call, isCall := value.Values[0].(*ast.CallExpr); isCall && strings.HasPrefix(name, "Err") {
				reasons[name] = literals(call.Args[0])
			}
			if name == "unproved" {
				unproved = literals(value.Values[0])
			}
			return true
		})
	}
	for _, source := range sources(t, "../../internal/trust") {
		ast.Inspect(source, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				name, isName := n.Fun.(*ast.Ident)
				if !isName || len(n.Args) != 2 {
					return true
				}
				reason, isReason := n.Args[0].(*ast.Ident)
				switch {
				case name.Name == "deny":
					said = append(said, refused{reason.Name, literals(n.Args[1])})
				case name.Name == "distrust" && isReason && reasons[reason.Name] != "":
					said = append(said, refused{reason.Name, unproved})
				case name.Name == "distrust": // what publicKey.verify says
					said = append(said, refused{"ErrSignature", unproved}, refused{"ErrAlgorithm", unproved})
				}
			case *ast.CompositeLit:
				one := refused{}
				for _, element := range n.Elts {
					member, isMember := element.(*ast.KeyValueExpr)
					if !isMember {
						continue
					}
					key, isKey := member.Key.(*ast.Ident)
					value, isReason := member.Value.(*ast.Ident)
					switch {
					case isKey && key.Name == "Reason" && isReason:
						one.reason = value.Name
					case isKey && key.Name == "Description":
						one.sentence = literals(member.Value)
					}
				}
				if reasons[one.reason] != "" && one.sentence != "" {
					said = append(said, one)
				}
			}
			return true
		})
	}
	return reasons, said
}

// literals is the text of an expression; what is only known when it runs is the
// default lifetime of a token.
func literals(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return text
	case *ast.BinaryExpr:
		return literals(e.X) + literals(e.Y)
	case *ast.CallExpr:
		return defaultLifetime.String()
	}
	return ""
}

// sources are the files of a package without its tests.
func sources(t *testing.T, folder string) []*ast.File {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %v", folder, err)
	}
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		source, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, source)
	}
	return files
}

func TestTheGuideExplainsEachStatus(t *testing.T) {
	known := map[string]error{
		"ErrRequest": hooks.ErrRequest, "ErrNotFound": hooks.ErrNotFound, "ErrMethod": hooks.ErrMethod, "ErrUnavailable": hooks.ErrUnavailable,
		"ErrTooLarge": hooks.ErrTooLarge, "ErrMediaType": hooks.ErrMediaType, "ErrUnauthenticated": hooks.ErrUnauthenticated,
		"ErrForbidden": hooks.ErrForbidden, "ErrTooMany": hooks.ErrTooMany, "ErrBusy": hooks.ErrBusy,
	}
	var declared []string
	for _, source := range sources(t, "../../hooks") {
		for name := range source.Scope.Objects {
			if strings.HasPrefix(name, "Err") {
				declared = append(declared, name)
			}
		}
	}
	slices.Sort(declared)
	if diff := cmp.Diff(declared, sortedNames(known)); diff != "" {
		t.Fatalf("package hooks (-), this test (+):\n%s", diff)
	}
	want := map[string]string{"internal error": strconv.Itoa(hooks.Status(errors.New("of ours")))}
	for _, reason := range known {
		want[reason.Error()] = strconv.Itoa(hooks.Status(&hooks.Refusal{Reason: reason}))
	}
	got := map[string]string{}
	for _, row := range tableOf(t, "integration.md", "status", "reason in the log", "what to do") {
		got[row[1]] = row[0]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("package hooks (-), docs/integration.md (+):\n%s", diff)
	}
	architecture := string(mustRead(t, "../../docs/architecture.md"))
	for name, reason := range known {
		row := regexp.MustCompile("(?m)^\\|.*`" + name + "`.*\\b" + want[reason.Error()] + "\\b.*\\|$")
		if !row.MatchString(architecture) {
			t.Errorf("docs/architecture.md: the table of errors lacks %s, %s", name, want[reason.Error()])
		}
	}
}

func TestTheGuideExplainsEachReasonForWhichAServerIsNotRead(t *testing.T) {
	var want []string
	for _, source := range sources(t, "../../fhir") {
		ast.Inspect(source, func(n ast.Node) bool {
			value, isValue := n.(*ast.ValueSpec)
			if isValue && len(value.Values) == 1 && strings.HasPrefix(value.Names[0].Name, "Reason") && source.Scope.Lookup("NewFetcher") != nil {
				want = append(want, strings.TrimSpace(literals(value.Values[0])))
			}
			return true
		})
	}
	var got []string
	for _, row := range tableOf(t, "integration.md", "in the log", "what to do") {
		got = append(got, row[0])
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("package fhir (-), docs/integration.md (+):\n%s", diff)
	}
}

func TestTheGuideSaysWhatIsRead(t *testing.T) {
	want := map[string][2]string{}
	for key, template := range fhir.Templates() {
		query, _, isCut := strings.Cut(template, "&code=")
		if isCut {
			query += "&code=…"
		}
		kind := regexp.MustCompile(`^\w+`).FindString(template)
		want[string(key)] = [2]string{query, "patient/" + kind + ".read"}
	}
	got := map[string][2]string{}
	for _, row := range tableOf(t, "integration.md", "key", "what is read", "scope of the token", "needed") {
		got[plain(row[0])] = [2]string{plain(row[1]), plain(row[2])}
		if isNeeded := row[0] == "`conditions`" || row[0] == "`observations`"; (row[3] == "yes") != isNeeded {
			t.Errorf("%s: needed %s", row[0], row[3])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fhir.Templates (-), docs/integration.md (+):\n%s", diff)
	}
}

// TestEachMeasureIsHeldByATestThatExists reads docs/security.md against all
// tests of the repository.
func TestEachMeasureIsHeldByATestThatExists(t *testing.T) {
	known := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		for _, match := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`).FindAllStringSubmatch(string(mustRead(t, path)), -1) {
			known[match[1]] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range tableOf(t, "security.md", "threat", "measure", "held by") {
		names := regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(row[2], -1)
		if len(names) == 0 {
			t.Errorf("%s: no test is named", row[0])
		}
		for _, name := range names {
			if !known[name[1]] {
				t.Errorf("%s: there is no %s", row[0], name[1])
			}
		}
	}
}
