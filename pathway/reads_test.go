package pathway

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestWhatEachRuleReads holds the proof's first premise: a rule reads no fact
// that the proof's space does not vary. It reads the source, not a list that
// somebody keeps, so that a rule which begins to read a further field fails
// here until proof_test.go grows a dimension for it.
//
// acute and box are read as one: the space varies what they are made of.
func TestWhatEachRuleReads(t *testing.T) {
	constant := []string{"Parameters", "AsOf", "PageEvidence", "Facts"}
	inView := append([]string{
		"acute", "box", "CaudaEquina", "Paresis", "ParesisUnclear", "IntractablePain", "RedFlagsMissing", "Gaps", "BackPain",
		"AboutBack", "Current", "Orders", "Page", "ParesisStable", "PageDisagrees", "SeriousPathology", "SphincterSettled",
		"SphincterChange", "Contact", "ClearlyImproved", "YellowFlags", "SecondaryReferral", "Minor", "Pregnant", "Onset",
	}, constant...)
	atMRI := append([]string{
		"acute", "box", "CaudaEquina", "Paresis", "ParesisUnclear", "IntractablePain", "Gaps", "BackPain", "AboutBack", "Orders", "Page",
		"ParesisStable", "SphincterSettled", "SeriousPathology", "Worse", "Contact", "ClearlyImproved", "SecondaryReferral", "MRIOrdered",
	}, constant...)
	atOrder := append([]string{
		"acute", "CaudaEquina", "Paresis", "ParesisUnclear", "IntractablePain", "Gaps", "BackPain", "AboutBack", "Current", "Orders", "Page",
		"ParesisStable", "SphincterSettled", "SeriousPathology", "Worse", "Contact", "YellowFlags",
	}, constant...)

	reads := rulesReading(t)
	for _, rule := range Rules() {
		if rule.Class == Extension {
			continue // off: no field of theirs can matter, and the proof holds that they are silent
		}
		fields := reads[rule.ID]
		if len(fields) == 0 {
			t.Errorf("%s reads nothing: the source was not understood", rule.ID)
		}
		check := func(space string, covered []string) {
			for _, field := range fields {
				if !slices.Contains(covered, field) {
					t.Errorf("%s reads %s, which the proof does not vary in the space %q", rule.ID, field, space)
				}
			}
		}
		if rule.Asked != OnOrders {
			check("patient-view", inView)
		}
		if rule.Asked == Always || slices.Contains(rule.orders, OrderMRILumbar) {
			check("lumbar MRI ordered", atMRI)
		}
		if rule.Asked == Always || slices.ContainsFunc(rule.orders, func(c Concept) bool { return c != OrderMRILumbar }) {
			check("another order", atOrder)
		}
	}
}

// rulesReading is, for each rule, the fields of Facts that its conditions name,
// directly or through methods.
func rulesReading(t *testing.T) map[string][]string {
	t.Helper()
	methods := map[string]*ast.BlockStmt{}
	rules := map[string][]ast.Node{}
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, source, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv != nil && len(n.Recv.List[0].Names) == 1 && n.Recv.List[0].Names[0].Name == "f" {
					methods[n.Name.Name] = n.Body
				}
			case *ast.CompositeLit:
				if id, functions := ruleLiteral(n); id != "" {
					rules[id] = functions
				}
			}
			return true
		})
	}
	found := map[string][]string{}
	for id, functions := range rules {
		fields := map[string]bool{}
		for _, function := range functions {
			collect(function, methods, fields)
		}
		for field := range fields {
			found[id] = append(found[id], field)
		}
		slices.Sort(found[id])
	}
	return found
}

// ruleLiteral is the id of a rule's literal, and its terms and refine.
func ruleLiteral(literal *ast.CompositeLit) (id string, functions []ast.Node) {
	for _, element := range literal.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			return "", nil
		}
		key, ok := pair.Key.(*ast.Ident)
		if !ok {
			return "", nil
		}
		switch key.Name {
		case "ID":
			if value, ok := pair.Value.(*ast.BasicLit); ok {
				id = strings.Trim(value.Value, `"`)
			}
		case "terms", "refine":
			functions = append(functions, pair.Value)
		}
	}
	if len(functions) == 0 {
		return "", nil
	}
	return id, functions
}

func collect(node ast.Node, methods map[string]*ast.BlockStmt, fields map[string]bool) {
	ast.Inspect(node, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if root, ok := selector.X.(*ast.Ident); !ok || root.Name != "f" {
			return true
		}
		name := selector.Sel.Name
		switch body := methods[name]; {
		case name == "Acute":
			fields["acute"] = true
		case name == "MRBox":
			fields["box"] = true
		case name == "boxEvidence": // evidence alone chooses no card
		case body != nil:
			collect(body, methods, fields)
		default:
			fields[name] = true
		}
		return true
	})
}
