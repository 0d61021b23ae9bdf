//go:build mutation

package pathway

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// only picks mutants by their name, for trying a few: a regular expression.
var only = flag.String("mutants", "", "try only the mutants whose name matches")

// TestMutants changes one operator, answer or number of the package at a time, or
// leaves out one condition, and runs the package's own tests against it, then the
// patient stories: a mutant that no test notices is a decision that nobody holds.
// Each survivor is killed by a test or explained in testdata/mutants.txt; a new
// one, or an explanation nobody needs, fails.
//
// Compiling is what would take the time. So all mutants are compiled at once,
// each behind a switch, and the environment of a run turns one of them on. The
// source is never written to: what is compiled is laid over it.
func TestMutants(t *testing.T) {
	mutants := findMutants(t)
	explained := explanations(t, mutants)
	stages := compile(t, mutants)
	if stage, output := firstFailure(t, stages, 0); stage != "" {
		t.Fatalf("without any mutant: %s: %s", stage, output)
	}

	killer := make([]string, len(mutants)) // the stage that noticed it
	picked := regexp.MustCompile(*only)
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(2, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i := range next {
				killer[i], _ = firstFailure(t, stages, i+1)
			}
		})
	}
	tried, killed := 0, map[string]int{}
	for i, m := range mutants {
		if picked.MatchString(m.name) {
			tried++
			next <- i
		}
	}
	close(next)
	workers.Wait()

	for i, m := range mutants {
		switch {
		case !picked.MatchString(m.name):
		case killer[i] == "" && explained[m.name] == "":
			t.Errorf("not noticed by any test, and not explained: %s", m.name)
		case killer[i] != "" && explained[m.name] != "":
			t.Errorf("explained, and yet noticed by %s: %s", killer[i], m.name)
		}
		killed[killer[i]]++
	}
	t.Logf("%d of %d mutants tried", tried, len(mutants))
	for _, s := range stages {
		t.Logf("%4d noticed by %s", killed[s.name], s.name)
	}
	t.Logf("%4d never came to an end", killed[endless])
	t.Logf("%4d explained in all", len(explained))
}

// mutant is one expression that is to become another.
type mutant struct {
	name     string // "file: line as it was => what changed", stable while the line stands
	path     string
	from, to int // the expression in its file
	change
}

// change is what may become of an expression.
type change struct {
	at           token.Pos // of the part that changes
	was, becomes string    // that part
	instead      string    // the whole afterwards
	isBool       bool      // an operand must not be looked at before its turn
}

// swaps are the operators that are taken for each other.
var swaps = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.EQL: token.NEQ, token.NEQ: token.EQL, token.LAND: token.LOR, token.LOR: token.LAND,
	token.ADD: token.SUB, token.SUB: token.ADD,
}

// swappedNames are taken for each other: answers, the ends of a date, the ends of
// an interval.
var swappedNames = map[string]string{
	"Yes": "No", "No": "Unknown", "Unknown": "No", "true": "false", "false": "true",
	"Earliest": "Latest", "Latest": "Earliest", "min": "max", "max": "min",
}

// data are the files in which nothing is decided: the leaflet, the concepts, the
// parameters, and the words of the trace.
var data = []string{"leaflet.go", "concept.go", "doc.go", "parameters.go", "trace.go"}

// findMutants makes every mutant of the package's source.
func findMutants(t *testing.T) []mutant {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var mutants []mutant
	for _, path := range paths {
		if !strings.HasSuffix(path, "_test.go") && !slices.Contains(data, path) {
			mutants = append(mutants, mutantsOf(t, path)...)
		}
	}
	return mutants
}

// mutantsOf makes the mutants of one file, in the order of their changes.
// Constants and types are left alone: what is constant cannot be switched.
func mutantsOf(t *testing.T, path string) []mutant {
	t.Helper()
	source := read(t, path)
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	offset := func(at token.Pos) int { return set.Position(at).Offset }
	text := func(n ast.Node) string { return source[offset(n.Pos()):offset(n.End())] }
	lines := strings.Split(source, "\n")

	var found []mutant
	selectors := map[ast.Node]bool{} // names that stand behind a dot
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GenDecl:
			return n.Tok == token.VAR
		case *ast.SelectorExpr:
			selectors[n.Sel] = true
		}
		if selectors[n] {
			return false
		}
		for _, c := range changesOf(n, text) {
			line := strings.TrimSpace(lines[set.Position(c.at).Line-1])
			found = append(found, mutant{
				name: fmt.Sprintf("%s: %s => %s becomes %s", path, line, c.was, c.becomes), path: path,
				from: offset(n.Pos()), to: offset(n.End()), change: c,
			})
		}
		return true
	})
	slices.SortStableFunc(found, func(a, b mutant) int { return cmp.Compare(a.at, b.at) })
	seen := map[string]int{}
	for i := range found {
		if seen[found[i].name]++; seen[found[i].name] > 1 {
			found[i].name += fmt.Sprintf(" (%d)", seen[found[i].name])
		}
	}
	return found
}

// changesOf are the changes that are made to one expression.
func changesOf(n ast.Node, text func(ast.Node) string) []change {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		other, swapped := swaps[n.Op]
		if !swapped || isText(n.X) || isText(n.Y) {
			return nil
		}
		was, isNumber := n.Op.String(), n.Op == token.ADD || n.Op == token.SUB
		changes := []change{{n.OpPos, was, other.String(), fmt.Sprintf("(%s) %s (%s)", text(n.X), other, text(n.Y)), !isNumber}}
		if n.Op == token.LAND || n.Op == token.LOR {
			changes = append(changes, change{n.OpPos, was, "its left side", text(n.X), true}, change{n.OpPos, was, "its right side", text(n.Y), true})
		}
		return changes
	case *ast.UnaryExpr:
		if n.Op == token.NOT {
			return []change{{n.OpPos, "!", "nothing", text(n.X), true}}
		}
	case *ast.CallExpr:
		name := text(n.Fun)
		if other := swappedNames[name]; other != "" {
			return []change{{n.Pos(), name, other, other + strings.TrimPrefix(text(n), name), false}}
		}
		if name == "not" {
			return []change{{n.Pos(), name, "nothing", text(n.Args[0]), false}}
		}
	case *ast.SelectorExpr:
		if other := swappedNames[n.Sel.Name]; other != "" {
			return []change{{n.Sel.Pos(), n.Sel.Name, other, text(n.X) + "." + other, false}}
		}
	case *ast.Ident:
		if other := swappedNames[n.Name]; other != "" && other != "max" && other != "min" {
			return []change{{n.Pos(), n.Name, other, other, false}}
		}
	case *ast.BasicLit:
		if number, err := strconv.Atoi(n.Value); err == nil {
			more := strconv.Itoa(number + 1)
			return []change{{n.Pos(), n.Value, more, more, false}}
		}
	}
	return nil
}

// isText reports whether an operand is a string literal: joining words is no
// decision.
func isText(e ast.Expr) bool {
	literal, ok := e.(*ast.BasicLit)
	return ok && literal.Kind == token.STRING
}

// schemata is added to the package: it holds which mutant is on.
const schemata = `package pathway

import (
	"os"
	"strconv"
)

var mutantOn, _ = strconv.Atoi(os.Getenv("MUTANT"))

func mutated[T any](number int, becomes, was T) T {
	if mutantOn == number {
		return becomes
	}
	return was
}
`

// switchable is a file's source with each of its mutants behind its switch. Only
// one is ever on, so what an expression becomes can be written out as it stands
// in the source, while the expression itself may hold others.
func switchable(source, path string, mutants []mutant) string {
	opening, closing := map[int]string{}, map[int]string{}
	numbers := make([]int, len(mutants))
	for i := range mutants {
		numbers[i] = i
	}
	slices.SortStableFunc(numbers, func(i, j int) int { return cmp.Compare(mutants[j].to, mutants[i].to) }) // the outer first
	for _, i := range numbers {
		m := mutants[i]
		switch number := i + 1; {
		case m.path != path:
		case m.isBool:
			opening[m.from] += fmt.Sprintf("(mutantOn == %d && (%s) || mutantOn != %d && (", number, m.instead, number)
			closing[m.to] = "))" + closing[m.to]
		default:
			opening[m.from] += fmt.Sprintf("mutated(%d, %s, ", number, m.instead)
			closing[m.to] = ")" + closing[m.to]
		}
	}
	var result strings.Builder
	for at := range len(source) {
		result.WriteString(closing[at] + opening[at] + source[at:at+1])
	}
	return result.String()
}

// stage is a part of the tests that a mutant has to pass.
type stage struct {
	name      string
	binary    string
	folder    string
	arguments []string
}

// compile lays the mutants over the package, and compiles its tests and the
// patient stories once. The generic property tests, which take nine tenths of
// the time, come after the others; they draw the same each time.
func compile(t *testing.T, mutants []mutant) []stage {
	t.Helper()
	folder := t.TempDir()
	replaced := map[string]string{}
	lay := func(path, source string) {
		full, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		replaced[full] = filepath.Join(folder, path)
		write(t, replaced[full], source)
	}
	lay("schemata.go", schemata)
	for _, m := range mutants {
		if full, _ := filepath.Abs(m.path); replaced[full] == "" {
			lay(m.path, switchable(read(t, m.path), m.path, mutants))
		}
	}
	list, err := json.Marshal(map[string]map[string]string{"Replace": replaced})
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(folder, "overlay.json")
	write(t, overlay, string(list))

	build := func(name, tested string) string {
		binary := filepath.Join(folder, name)
		if output, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", binary, tested).CombinedOutput(); err != nil {
			t.Fatalf("compiling %s: %v\n%s", tested, err, output)
		}
		return binary
	}
	own, stories := build("pathway.test", "."), build("hooks.test", "../hooks")
	const laws = "^TestLaw|^TestTheFactsThatAreDrawn"
	return []stage{
		{"the package's tests", own, ".", []string{"-test.skip", laws}},
		{"its laws", own, ".", []string{"-test.run", laws, "-rapid.seed=1", "-rapid.nofailfile", "-rapid.shrinktime=1ms"}},
		{"the patient stories", stories, "../hooks", []string{"-test.run", "^TestScenarios$"}},
	}
}

const (
	endless  = "the clock"
	patience = 30 * time.Second // a run of all tests takes two
)

// firstFailure is the first stage that fails with this mutant on, and what it
// printed.
func firstFailure(t *testing.T, stages []stage, number int) (name, output string) {
	t.Helper()
	for _, s := range stages {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		run := exec.CommandContext(ctx, s.binary, append([]string{"-test.failfast"}, s.arguments...)...)
		run.Dir = s.folder
		run.Env = append(os.Environ(), "GOMAXPROCS=1", fmt.Sprintf("MUTANT=%d", number))
		printed, err := run.CombinedOutput()
		switch {
		case ctx.Err() != nil:
			return endless, string(printed)
		case err != nil:
			return s.name, string(printed)
		}
	}
	return "", ""
}

// explanations are the mutants that no test can or need tell from the original,
// each with its reason: "name | reason", a line each.
func explanations(t *testing.T, mutants []mutant) map[string]string {
	t.Helper()
	known := map[string]string{}
	for line := range strings.Lines(read(t, filepath.Join("testdata", "mutants.txt"))) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, reason, _ := strings.Cut(line, " | ")
		switch {
		case reason == "" || known[name] != "":
			t.Errorf("mutants.txt: no reason, or two: %s", line)
		case !slices.ContainsFunc(mutants, func(m mutant) bool { return m.name == name }):
			t.Errorf("mutants.txt: there is no such mutant: %s", name)
		}
		known[name] = reason
	}
	return known
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
