package design

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const (
	module       = "rygkort"
	gin          = "github.com/gin-gonic/gin"
	ginExtras    = "github.com/gin-contrib"
	longestFile  = 400
	readmeMark   = "<!-- test command -->"
	ciRunCommand = `bash -c "$test_command"`
)

// anything stands in the table for all of our folders.
const anything = "(anything)"

// importTable says what each folder that holds Go may import of ours. Imports
// point down this list only.
var importTable = map[string][]string{
	"cmd/rygkort":     {anything},
	"hooks":           {"fhir", "pathway", "cards", "internal/*"},
	"cards":           {"pathway"},
	"fhir":            {"pathway"},
	"pathway":         {},
	"internal/trust":  {},
	"internal/ledger": {},
	"internal/web":    {"pathway", "cards", "internal/ledger"},
	"internal/demo":   {"fhir"},
	"internal/design": {},
	"internal/bench":  {anything}, // a program like cmd: it measures the whole
}

// clockReaders are the folders that may read the clock: cmd, which hands it on,
// and bench, whose job is to measure time.
var clockReaders = []string{"cmd", "internal/bench"}

// ginImporters are the folders that may import gin: hooks, which speaks HTTP,
// and bench, which holds hooks against a bare handler of gin.
var ginImporters = []string{"hooks", "internal/bench"}

// withoutGo are the folders that the design knows and that hold no Go.
var withoutGo = []string{"testdata", "docs", "deploy"}

// namesOfNothing say that a folder holds code, not what the code is about.
var namesOfNothing = []string{"util", "common", "models", "services", "pkg"}

// withoutEffects are the parts of the standard library through which pathway
// would see or change something other than its arguments.
var withoutEffects = []string{"C", "database/sql", "log", "math/rand", "net", "os", "plugin", "syscall", "unsafe"}

// testLibraries are what pathway's tests may use beside pathway.
var testLibraries = []string{
	"github.com/google/go-cmp", "github.com/rogpeppe/go-internal", "go.uber.org/goleak", "pgregory.net/rapid",
}

// finding is one place where a rule of the house is broken.
type finding struct {
	file string
	line int
	rule string
}

func (f finding) String() string { return fmt.Sprintf("%s:%d: %s", f.file, f.line, f.rule) }

// survey is what one walk over the tree saw.
type survey struct {
	findings []finding
	judged   map[string]int // Go files by folder
	files    *token.FileSet
}

func (s *survey) report(file string, line int, rule string, arguments ...any) {
	s.findings = append(s.findings, finding{file, line, fmt.Sprintf(rule, arguments...)})
}

func (s *survey) reportAt(pos token.Pos, rule string, arguments ...any) {
	at := s.files.Position(pos)
	s.report(at.Filename, at.Line, rule, arguments...)
}

// surveyTree judges every folder and every Go file of the tree.
func surveyTree(tree fs.FS) (survey, error) {
	s := survey{judged: map[string]int{}, files: token.NewFileSet()}
	reported := map[string]bool{}
	documented := map[string]bool{}
	firstFile := map[string]string{}
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if isNotOurs(name) {
				return fs.SkipDir
			}
			return nil
		}
		folder := path.Dir(name)
		isGo := path.Ext(name) == ".go"
		if rule := judgeFolder(folder, isGo); rule != "" && !reported[folder] {
			reported[folder] = true
			s.report(name, 1, "%s", rule)
		}
		if !isGo {
			return nil
		}
		source, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		syntax, err := parser.ParseFile(s.files, name, source, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			s.report(name, 1, "cannot be parsed, so nothing is known about it: %v", err)
			return nil
		}
		s.judged[folder]++
		isTest := strings.HasSuffix(name, "_test.go")
		if lines := bytes.Count(source, []byte("\n")); lines > longestFile && !isTest {
			s.report(name, longestFile+1, "%d lines, more than %d: look for the second noun", lines, longestFile)
		}
		s.judgeInit(syntax)
		if isTest {
			s.judgeTestImports(folder, syntax)
			return nil
		}
		s.judgeImports(folder, syntax)
		s.judgeClock(folder, syntax)
		if firstFile[folder] == "" {
			firstFile[folder] = name
		}
		documented[folder] = documented[folder] || syntax.Doc != nil
		return nil
	})
	for _, folder := range slices.Sorted(maps.Keys(firstFile)) {
		if !documented[folder] {
			s.report(firstFile[folder], 1, "package %s has no package comment in any file", folder)
		}
	}
	return s, err
}

// isNotOurs is true for what tools keep in the tree.
func isNotOurs(folder string) bool {
	name := path.Base(folder)
	return folder == "bin" || name == "node_modules" || name != "." && strings.HasPrefix(name, ".")
}

// judgeFolder returns the rule that a file in the folder breaks by standing
// there, or nothing.
func judgeFolder(folder string, holdsGo bool) string {
	elements := strings.Split(folder, "/")
	for _, element := range elements {
		if slices.Contains(namesOfNothing, element) {
			return fmt.Sprintf("no folder is called %s: name it after what it is about", element)
		}
	}
	if _, known := importTable[folder]; known {
		return ""
	}
	if !holdsGo && (folder == "." || slices.Contains(withoutGo, elements[0]) || isInside(folder, slices.Collect(maps.Keys(importTable)))) {
		return ""
	}
	if slices.Contains(withoutGo, elements[0]) || slices.Contains(elements, "testdata") {
		return fmt.Sprintf("%s holds no Go", folder)
	}
	if folder == "." {
		return "the top folder holds no Go"
	}
	return fmt.Sprintf("%s is a folder that the design does not know", folder)
}

func (s *survey) judgeImports(folder string, syntax *ast.File) {
	allowed, known := importTable[folder]
	for _, spec := range syntax.Imports {
		imported := importPath(spec)
		target, ours := ourFolder(imported)
		switch {
		case ours && known && !mayImport(allowed, target):
			s.reportAt(spec.Pos(), "%s may import %s of ours, not %s", folder, orNothing(allowed), target)
		case folder == "pathway" && !ours && !isStandard(imported):
			s.reportAt(spec.Pos(), "pathway imports the standard library only, not %s", imported)
		case folder == "pathway" && isInside(imported, withoutEffects):
			s.reportAt(spec.Pos(), "pathway is pure functions over values: no %s", imported)
		case !slices.Contains(ginImporters, folder) && isInside(imported, []string{gin, ginExtras}):
			s.reportAt(spec.Pos(), "only hooks imports gin, not %s", folder)
		}
	}
}

// judgeTestImports leaves tests free, since what they import reaches no user.
// Those of pathway are held: a rule that needs a record or a card to be tested
// is no pure function.
func (s *survey) judgeTestImports(folder string, syntax *ast.File) {
	if folder != "pathway" {
		return
	}
	for _, spec := range syntax.Imports {
		imported := importPath(spec)
		target, ours := ourFolder(imported)
		if ours && target == "pathway" || !ours && isStandard(imported) || isInside(imported, testLibraries) {
			continue
		}
		s.reportAt(spec.Pos(), "pathway's tests import pathway, the standard library and test libraries, not %s", imported)
	}
}

// judgeClock finds time.Now by name, called or passed on, and its two callers
// in package time.
func (s *survey) judgeClock(folder string, syntax *ast.File) {
	if isInside(folder, clockReaders) {
		return
	}
	clock := ""
	for _, spec := range syntax.Imports {
		if importPath(spec) != "time" {
			continue
		}
		clock = "time"
		if spec.Name != nil {
			clock = spec.Name.Name
		}
		if clock == "." {
			s.reportAt(spec.Pos(), "time is imported by its name, so that the clock can be found")
		}
	}
	if clock == "" {
		return
	}
	ast.Inspect(syntax, func(node ast.Node) bool {
		selector, isSelector := node.(*ast.SelectorExpr)
		if !isSelector {
			return true
		}
		name := selector.Sel.Name
		if of, isName := selector.X.(*ast.Ident); isName && of.Name == clock && slices.Contains([]string{"Now", "Since", "Until"}, name) {
			s.reportAt(selector.Pos(), "only cmd reads the clock, not %s (time.%s)", folder, name)
		}
		return true
	})
}

func (s *survey) judgeInit(syntax *ast.File) {
	for _, declaration := range syntax.Decls {
		if function, isFunction := declaration.(*ast.FuncDecl); isFunction && function.Recv == nil && function.Name.Name == "init" {
			s.reportAt(function.Pos(), "no init functions: what happens is called by name")
		}
	}
}

func importPath(spec *ast.ImportSpec) string {
	// The parser has already refused what is no string.
	imported, _ := strconv.Unquote(spec.Path.Value)
	return imported
}

func ourFolder(imported string) (folder string, ours bool) {
	if imported == module {
		return ".", true
	}
	return strings.CutPrefix(imported, module+"/")
}

func isStandard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

// isInside is true when the path is one of the folders or stands below one.
func isInside(name string, folders []string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool {
		return name == folder || strings.HasPrefix(name, folder+"/")
	})
}

func mayImport(allowed []string, target string) bool {
	return slices.ContainsFunc(allowed, func(pattern string) bool {
		matches, err := path.Match(pattern, target)
		return pattern == anything || err == nil && matches
	})
}

func orNothing(allowed []string) string {
	if len(allowed) == 0 {
		return "nothing"
	}
	return strings.Join(allowed, ", ")
}

// judgeTestCommand holds that the README promises a test command and that CI
// runs that very line.
func judgeTestCommand(tree fs.FS) []finding {
	var s survey
	readme, err := fs.ReadFile(tree, "README.md")
	if err != nil {
		s.report("README.md", 1, "cannot be read: %v", err)
		return s.findings
	}
	line, command := commandAfterMark(string(readme))
	switch {
	case line == 0:
		s.report("README.md", 1, "nothing is marked %s", readmeMark)
	case !strings.HasPrefix(command, "go test "):
		s.report("README.md", line, "after %s stands a code block of one line that calls go test, not %q", readmeMark, command)
	}
	script, err := fs.ReadFile(tree, ".ci/run")
	if err != nil {
		s.report(".ci/run", 1, "cannot be read: %v", err)
		return s.findings
	}
	for _, needed := range []string{readmeMark, ciRunCommand} {
		if !isInCode(string(script), needed) {
			s.report(".ci/run", 1, "the README's test command is read from the README and run: %s is missing", needed)
		}
	}
	return s.findings
}

// commandAfterMark returns the line of the mark, from 1, and the content of the
// code block after it.
func commandAfterMark(readme string) (line int, command string) {
	before, after, marked := strings.Cut(readme, readmeMark)
	if !marked {
		return 0, ""
	}
	line = strings.Count(before, "\n") + 1
	_, block, _ := strings.Cut(after, "```")
	_, block, _ = strings.Cut(block, "\n")
	block, _, _ = strings.Cut(block, "```")
	command = strings.TrimSpace(block)
	if strings.Contains(command, "\n") {
		command = "(several lines)"
	}
	return line, command
}

func isInCode(script, needed string) bool {
	for line := range strings.Lines(script) {
		if strings.Contains(line, needed) && !strings.HasPrefix(strings.TrimSpace(line), "#") {
			return true
		}
	}
	return false
}

func TestTheHouseIsInOrder(t *testing.T) {
	tree := os.DirFS("../..")
	s, err := surveyTree(tree)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range s.findings {
		t.Error(f)
	}
	if s.judged["pathway"] == 0 || s.judged["internal/design"] == 0 {
		t.Errorf("pathway and internal/design were not seen: this is not our tree, or the walk leaves folders out")
	}
	for folder := range importTable {
		if _, err := fs.Stat(tree, folder); err == nil && s.judged[folder] == 0 {
			t.Errorf("%s: exists, but no Go file in it was judged", folder)
		}
	}
}

func TestTheReadmesTestCommandIsWhatCIRuns(t *testing.T) {
	for _, f := range judgeTestCommand(os.DirFS("../..")) {
		t.Error(f)
	}
}

const documentedPackage = "// Package p is documented.\npackage p\n"

// orderlyHouse has a file in every folder that the design knows and breaks no
// rule.
func orderlyHouse() map[string]string {
	return map[string]string{
		"README.md":                    "# Rygkort\n\n<!-- test command -->\n```sh\ngo test ./...\n```\n",
		".ci/run":                      "mark='<!-- test command -->'\nstep bash -c \"$test_command\"\n",
		".hidden/x.go":                 "not Go at all",
		"bin/tools/x.go":               "not Go at all",
		"node_modules/flatted/x.go":    "not Go at all",
		"docs/rules/R-A1.md":           "# R-A1",
		"testdata/scenarios/story.txt": "a story",
		"deploy/compose.yaml":          "services: {}",
		"fhir/valuesets/back.json":     "{}",
		"hooks/testdata/fuzz/one":      "x",
		"cmd/rygkort/main.go": documentedPackage +
			"import (\n\"time\"\n\"rygkort/hooks\"\n\"rygkort/internal/demo\"\n\"rygkort/pathway\"\n)\nvar now = time.Now\n",
		"hooks/server.go": documentedPackage +
			"import (\n\"github.com/gin-gonic/gin\"\n\"rygkort/cards\"\n\"rygkort/fhir\"\n\"rygkort/internal/trust\"\n\"rygkort/pathway\"\n)\n",
		"cards/card.go":           documentedPackage + "import \"rygkort/pathway\"\n",
		"fhir/facts.go":           documentedPackage + "import (\n\"github.com/samply/golang-fhir-models/fhir-models/fhir\"\n\"rygkort/pathway\"\n)\n",
		"pathway/decide.go":       documentedPackage + "import (\n\"strings\"\n\"time\"\n)\nvar d time.Duration\n",
		"pathway/facts.go":        "package p\n",
		"pathway/decide_test.go":  "package p_test\nimport (\n\"os\"\n\"rygkort/pathway\"\n\"pgregory.net/rapid\"\n)\n",
		"internal/trust/token.go": documentedPackage,
		"internal/ledger/card.go": documentedPackage + "import \"modernc.org/sqlite\"\n",
		"internal/web/page.go":    documentedPackage + "import (\n\"rygkort/cards\"\n\"rygkort/internal/ledger\"\n\"rygkort/pathway\"\n)\n",
		"internal/demo/demo.go":   documentedPackage + "import \"rygkort/fhir\"\n",
		"internal/design/doc.go":  documentedPackage,
		"internal/bench/main.go": documentedPackage +
			"import (\n\"time\"\n\"github.com/gin-gonic/gin\"\n\"rygkort/hooks\"\n)\nvar now = time.Now\n",
	}
}

// houseWith returns the orderly house with one file added or replaced.
func houseWith(file, content string) fstest.MapFS {
	files := orderlyHouse()
	if file != "" {
		files[file] = content
	}
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return tree
}

func TestEachRuleOfTheHouseCanBeBroken(t *testing.T) {
	const pkg = documentedPackage // two lines
	filler := strings.Repeat("// x\n", longestFile-2)
	for _, test := range []struct {
		name, file, content string
		want                []string
	}{
		{name: "the orderly house breaks none"},

		{"cards may not import fhir", "cards/a.go", pkg + `import "rygkort/fhir"`, []string{
			"cards/a.go:3: cards may import pathway of ours, not fhir",
		}},
		{"fhir may not import cards", "fhir/a.go", pkg + `import c "rygkort/cards"`, []string{
			"fhir/a.go:3: fhir may import pathway of ours, not cards",
		}},
		{"hooks may not import cmd", "hooks/a.go", pkg + `import "rygkort/cmd/rygkort"`, []string{
			"hooks/a.go:3: hooks may import fhir, pathway, cards, internal/* of ours, not cmd/rygkort",
		}},
		{"the demo may not import pathway", "internal/demo/a.go", pkg + `import "rygkort/pathway"`, []string{
			"internal/demo/a.go:3: internal/demo may import fhir of ours, not pathway",
		}},
		{"the web pages may not import hooks", "internal/web/a.go", pkg + `import "rygkort/hooks"`, []string{
			"internal/web/a.go:3: internal/web may import pathway, cards, internal/ledger of ours, not hooks",
		}},
		{"trust may import nothing of ours", "internal/trust/a.go", pkg + `import "rygkort/internal/ledger"`, []string{
			"internal/trust/a.go:3: internal/trust may import nothing of ours, not internal/ledger",
		}},
		{"nobody imports the top folder", "internal/ledger/a.go", pkg + `import "rygkort"`, []string{
			"internal/ledger/a.go:3: internal/ledger may import nothing of ours, not .",
		}},
		{"a blank import is an import", "fhir/a.go", pkg + `import _ "rygkort/internal/demo"`, []string{
			"fhir/a.go:3: fhir may import pathway of ours, not internal/demo",
		}},
		{"a file behind a build constraint is judged", "fhir/a.go", "//go:build ignore\n\n" + pkg + `import "rygkort/hooks"`, []string{
			"fhir/a.go:5: fhir may import pathway of ours, not hooks",
		}},
		{"tests elsewhere import what they like", "cards/a_test.go", "package p\nimport (\n\"rygkort/hooks\"\n\"time\"\n)\nvar now = time.Now()\n", nil},

		{"pathway imports nothing of ours", "pathway/a.go", pkg + `import "rygkort/fhir"`, []string{
			"pathway/a.go:3: pathway may import nothing of ours, not fhir",
		}},
		{"pathway imports nothing of others", "pathway/a.go", pkg + `import "golang.org/x/text/language"`, []string{
			"pathway/a.go:3: pathway imports the standard library only, not golang.org/x/text/language",
		}},
		{"pathway opens no file", "pathway/a.go", pkg + `import "os"`, []string{
			"pathway/a.go:3: pathway is pure functions over values: no os",
		}},
		{"pathway opens no connection", "pathway/a.go", pkg + `import "net/http"`, []string{
			"pathway/a.go:3: pathway is pure functions over values: no net/http",
		}},
		{"pathway's tests read no record", "pathway/a_test.go", "package p_test\nimport \"rygkort/fhir\"", []string{
			"pathway/a_test.go:2: pathway's tests import pathway, the standard library and test libraries, not rygkort/fhir",
		}},
		{"pathway's tests use no library that is not for tests", "pathway/a_test.go", "package p_test\nimport \"github.com/google/uuid\"", []string{
			"pathway/a_test.go:2: pathway's tests import pathway, the standard library and test libraries, not github.com/google/uuid",
		}},

		{"cmd does not import gin", "cmd/rygkort/a.go", pkg + `import "github.com/gin-gonic/gin"`, []string{
			"cmd/rygkort/a.go:3: only hooks imports gin, not cmd/rygkort",
		}},
		{"nor does a web page by a part of it", "internal/web/a.go", pkg + `import "github.com/gin-gonic/gin/render"`, []string{
			"internal/web/a.go:3: only hooks imports gin, not internal/web",
		}},
		{"nor does the demo by an extra", "internal/demo/a.go", pkg + `import "github.com/gin-contrib/cors"`, []string{
			"internal/demo/a.go:3: only hooks imports gin, not internal/demo",
		}},

		{"hooks does not call the clock", "hooks/a.go", pkg + "import \"time\"\nvar now = time.Now()", []string{
			"hooks/a.go:4: only cmd reads the clock, not hooks (time.Now)",
		}},
		{"nor pass it on", "hooks/a.go", pkg + "import \"time\"\nvar now = time.Now", []string{
			"hooks/a.go:4: only cmd reads the clock, not hooks (time.Now)",
		}},
		{"nor call it under another name", "hooks/a.go", pkg + "import clock \"time\"\nfunc f() { clock.Now() }", []string{
			"hooks/a.go:4: only cmd reads the clock, not hooks (time.Now)",
		}},
		{"nor through its two callers", "fhir/a.go", pkg + "import \"time\"\nvar a = time.Since(x)\nvar b = time.Until(x)", []string{
			"fhir/a.go:4: only cmd reads the clock, not fhir (time.Since)",
			"fhir/a.go:5: only cmd reads the clock, not fhir (time.Until)",
		}},
		{"nor hide it behind a dot", "fhir/a.go", pkg + "import . \"time\"", []string{
			"fhir/a.go:3: time is imported by its name, so that the clock can be found",
		}},
		{"nor does a package that only sounds like bench", "internal/demo/bench.go", pkg + "import \"time\"\nvar now = time.Now()", []string{
			"internal/demo/bench.go:4: only cmd reads the clock, not internal/demo (time.Now)",
		}},
		{"another Now is not the clock", "hooks/a.go", pkg + "import \"time\"\nvar d time.Duration\nvar now = s.Now()", nil},

		{"a new folder needs a place in the design", "billing/a.go", pkg, []string{
			"billing/a.go:1: billing is a folder that the design does not know",
		}},
		{"a new folder without Go as well", "scripts/a.sh", "true", []string{
			"scripts/a.sh:1: scripts is a folder that the design does not know",
		}},
		{"and below internal", "internal/billing/a.go", pkg, []string{
			"internal/billing/a.go:1: internal/billing is a folder that the design does not know",
		}},
		{"and a second command", "cmd/second/a.go", pkg, []string{
			"cmd/second/a.go:1: cmd/second is a folder that the design does not know",
		}},
		{"and a package within a package", "fhir/codes/a.go", pkg, []string{
			"fhir/codes/a.go:1: fhir/codes is a folder that the design does not know",
		}},
		{"and Go at the top", "tools.go", pkg, []string{
			"tools.go:1: the top folder holds no Go",
		}},
		{"testdata holds no Go", "testdata/scenarios/a.go", pkg, []string{
			"testdata/scenarios/a.go:1: testdata/scenarios holds no Go",
		}},
		{"nor does a package's testdata", "hooks/testdata/a.go", pkg, []string{
			"hooks/testdata/a.go:1: hooks/testdata holds no Go",
		}},
		{"nor do the docs", "docs/a.go", pkg, []string{
			"docs/a.go:1: docs holds no Go",
		}},
		{"nor does deploy", "deploy/a.go", pkg, []string{
			"deploy/a.go:1: deploy holds no Go",
		}},
		{"no folder is called util", "util/a.go", pkg, []string{
			"util/a.go:1: no folder is called util: name it after what it is about",
		}},
		{"nor common", "internal/common/a.go", pkg, []string{
			"internal/common/a.go:1: no folder is called common: name it after what it is about",
		}},
		{"nor models", "fhir/models/a.json", "{}", []string{
			"fhir/models/a.json:1: no folder is called models: name it after what it is about",
		}},
		{"nor services", "docs/services/a.md", "", []string{
			"docs/services/a.md:1: no folder is called services: name it after what it is about",
		}},
		{"nor pkg", "pkg/fhir/a.go", pkg, []string{
			"pkg/fhir/a.go:1: no folder is called pkg: name it after what it is about",
		}},

		{"a package says what it does", "internal/trust/token.go", "// A comment apart.\n\npackage p\n", []string{
			"internal/trust/token.go:1: package internal/trust has no package comment in any file",
		}},
		{"a file of 400 lines is read at one sitting", "hooks/a.go", pkg + filler, nil},
		{"a file of 401 lines is not", "hooks/a.go", pkg + filler + "// x\n", []string{
			"hooks/a.go:401: 401 lines, more than 400: look for the second noun",
		}},
		{"a test may be longer", "hooks/a_test.go", pkg + filler + "// x\n", nil},
		{"nothing happens by itself", "fhir/a.go", pkg + "\nfunc init() {}", []string{
			"fhir/a.go:4: no init functions: what happens is called by name",
		}},
		{"nor in a test", "fhir/a_test.go", pkg + "\nfunc init() {}", []string{
			"fhir/a_test.go:4: no init functions: what happens is called by name",
		}},
		{"a method called init is called by name", "fhir/a.go", pkg + "func (t T) init() {}", nil},
		{"what cannot be read is not passed over", "fhir/a.go", "packag", []string{
			"fhir/a.go:1: cannot be parsed, so nothing is known about it: fhir/a.go:1:1: expected 'package', found packag",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := surveyTree(houseWith(test.file, test.content))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range s.findings {
				got = append(got, f.String())
			}
			if difference := cmp.Diff(test.want, got); difference != "" {
				t.Errorf("findings (-want +got):\n%s", difference)
			}
		})
	}
}

func TestThePromiseOfTheReadmeCanBeBroken(t *testing.T) {
	for _, test := range []struct {
		name, file, content string
		want                []string
	}{
		{name: "the orderly house keeps it"},
		{"blank lines between mark and block are fine", "README.md", "<!-- test command -->\n\n```\ngo test ./...\n```\n", nil},
		{"nothing is marked", "README.md", "```\ngo test ./...\n```\n", []string{
			"README.md:1: nothing is marked <!-- test command -->",
		}},
		{"no block follows", "README.md", "\n<!-- test command -->\ngo test ./...\n", []string{
			`README.md:2: after <!-- test command --> stands a code block of one line that calls go test, not ""`,
		}},
		{"another command follows", "README.md", "<!-- test command -->\n```\nmake test\n```\n", []string{
			`README.md:1: after <!-- test command --> stands a code block of one line that calls go test, not "make test"`,
		}},
		{"two commands follow", "README.md", "<!-- test command -->\n```\ngo test ./...\ntrue\n```\n", []string{
			`README.md:1: after <!-- test command --> stands a code block of one line that calls go test, not "(several lines)"`,
		}},
		{"CI has a command of its own", ".ci/run", "# <!-- test command -->\ngo test ./...\n", []string{
			".ci/run:1: the README's test command is read from the README and run: <!-- test command --> is missing",
			`.ci/run:1: the README's test command is read from the README and run: bash -c "$test_command" is missing`,
		}},
		{"CI reads the command and does not run it", ".ci/run", "mark='<!-- test command -->'\n# bash -c \"$test_command\"\n", []string{
			`.ci/run:1: the README's test command is read from the README and run: bash -c "$test_command" is missing`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, f := range judgeTestCommand(houseWith(test.file, test.content)) {
				got = append(got, f.String())
			}
			if difference := cmp.Diff(test.want, got); difference != "" {
				t.Errorf("findings (-want +got):\n%s", difference)
			}
		})
	}
	for _, file := range []string{"README.md", ".ci/run"} {
		tree := houseWith("", "")
		delete(tree, file)
		if got := judgeTestCommand(tree); len(got) != 1 || got[0].file != file || !strings.Contains(got[0].rule, "cannot be read") {
			t.Errorf("without %s: %v, want one finding that it cannot be read", file, got)
		}
	}
}
