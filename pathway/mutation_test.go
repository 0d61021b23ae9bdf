//go:build mutation

package pathway

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// only picks mutants by their name, for trying a few: a regular expression.
var only = flag.String("mutants", "", "try only the mutants whose name matches")

// TestMutants changes one operator or one constant of the package at a time and
// runs the package's own tests against it: a mutant that no test notices is a
// decision that nobody holds. Each survivor is killed by a test or explained in
// testdata/mutants.txt; a new one, or an explanation nobody needs, fails.
//
// The source is never written to: each mutant is laid over the package by the
// go command's -overlay.
func TestMutants(t *testing.T) {
	explained := explanations(t)
	picked := regexp.MustCompile(*only)
	mutants := slices.DeleteFunc(findMutants(t), func(m mutant) bool { return !picked.MatchString(m.name) })
	t.Logf("%d mutants", len(mutants))

	work := make(chan mutant)
	var mutex sync.Mutex
	var group sync.WaitGroup
	var survivors []string
	for range runtime.GOMAXPROCS(0) {
		group.Add(1)
		go func() {
			defer group.Done()
			folder := t.TempDir()
			for m := range work {
				if survives(t, folder, m) {
					mutex.Lock()
					survivors = append(survivors, m.name)
					t.Logf("survives: %s", m.name)
					mutex.Unlock()
				}
			}
		}()
	}
	for _, m := range mutants {
		work <- m
	}
	close(work)
	group.Wait()

	for _, name := range survivors {
		if explained[name] == "" {
			t.Errorf("not noticed by any test, and not explained: %s", name)
		}
	}
	for name := range explained {
		if picked.MatchString(name) && !slices.Contains(survivors, name) {
			t.Errorf("explained, but it does not survive: %s", name)
		}
	}
	t.Logf("%d of %d killed, %d explained", len(mutants)-len(survivors), len(mutants), len(explained))
}

// mutant is one changed file.
type mutant struct {
	name   string // "file: line as it was => what changed", stable while the line stands
	path   string
	source []byte
}

// swaps are the operators that are taken for each other.
var swaps = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.EQL: token.NEQ, token.NEQ: token.EQL, token.LAND: token.LOR, token.LOR: token.LAND,
	token.ADD: token.SUB, token.SUB: token.ADD,
}

// answersSwapped are the answers, and the ends of a date, taken for each other.
var answersSwapped = map[string]string{
	"Yes": "No", "No": "Unknown", "Unknown": "No", "Earliest": "Latest", "Latest": "Earliest", "true": "false", "false": "true",
}

// findMutants makes every mutant of the package's source, but for what is data:
// the leaflet, the concepts, the parameters, and the words of the trace.
func findMutants(t *testing.T) []mutant {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var mutants []mutant
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") || slices.Contains([]string{"leaflet.go", "concept.go", "doc.go", "parameters.go", "trace.go"}, path) {
			continue
		}
		mutants = append(mutants, mutantsOf(t, path)...)
	}
	return mutants
}

func mutantsOf(t *testing.T, path string) []mutant {
	t.Helper()
	original, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(original), "\n")
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, original, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var found []mutant
	keep := func(at token.Pos, what string) {
		var source bytes.Buffer
		if err := format.Node(&source, set, file); err != nil {
			t.Fatal(err)
		}
		line := strings.TrimSpace(lines[set.Position(at).Line-1])
		found = append(found, mutant{fmt.Sprintf("%s: %s => %s", path, line, what), path, source.Bytes()})
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if other, ok := swaps[n.Op]; ok && !isText(n.X) && !isText(n.Y) {
				was := n.Op
				n.Op = other
				keep(n.OpPos, was.String()+" becomes "+other.String())
				n.Op = was
			}
		case *ast.Ident:
			if other, ok := answersSwapped[n.Name]; ok && n.Obj == nil {
				was := n.Name
				n.Name = other
				keep(n.Pos(), was+" becomes "+other)
				n.Name = was
			}
		}
		return true
	})
	return found
}

// isText reports whether an operand is a string literal: joining words is no
// decision.
func isText(e ast.Expr) bool {
	literal, ok := e.(*ast.BasicLit)
	return ok && literal.Kind == token.STRING
}

// survives runs the package's tests against a mutant, first those that compile
// fast, at last the patient stories. One that does not compile or never ends is noticed.
func survives(t *testing.T, folder string, m mutant) bool {
	t.Helper()
	changed := filepath.Join(folder, "mutant.go")
	if err := os.WriteFile(changed, m.source, 0o600); err != nil {
		t.Error(err)
		return false
	}
	replaced := map[string]string{absolute(t, m.path): changed}
	without := maps.Clone(replaced)
	for _, slow := range []string{"charts_test.go", "laws_test.go"} {
		without[absolute(t, slow)] = "" // generic property tests: nine tenths of the time
	}
	return passes(t, folder, without, ".") && passes(t, folder, replaced, ".") &&
		passes(t, folder, replaced, "../hooks", "-run", "TestScenarios")
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	full, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return full
}

// passes reports whether tests pass with some files replaced.
func passes(t *testing.T, folder string, replaced map[string]string, tests ...string) bool {
	t.Helper()
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": replaced})
	if err != nil {
		t.Error(err)
		return false
	}
	list := filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Error(err)
		return false
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	// Unoptimised: compiling is what takes the time.
	arguments := append([]string{"test", "-count=1", "-failfast", "-vet=off", "-gcflags=-N -l", "-overlay", list}, tests...)
	return exec.CommandContext(ctx, "go", arguments...).Run() == nil
}

// explanations are the mutants that no test can or need tell from the original,
// each with its reason: "name | reason", a line each.
func explanations(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "mutants.txt"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, reason, found := strings.Cut(line, " | ")
		if !found || reason == "" {
			t.Errorf("mutants.txt: no reason: %s", line)
			continue
		}
		known[name] = reason
	}
	return known
}
