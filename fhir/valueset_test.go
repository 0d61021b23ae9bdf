package fhir_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"rygkort/fhir"
	"rygkort/pathway"
)

// pathwayConcepts reads the constants of package pathway from their source, so
// that a new one cannot be forgotten here.
func pathwayConcepts(t *testing.T) []pathway.Concept {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../pathway/concept.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var concepts []pathway.Concept
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		typed, _ := spec.Type.(*ast.Ident)
		literal, _ := spec.Values[0].(*ast.BasicLit)
		if typed == nil || typed.Name != "Concept" || literal == nil {
			return true
		}
		name, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		if name != "" {
			concepts = append(concepts, pathway.Concept(name))
		}
		return true
	})
	if len(concepts) < 60 {
		t.Fatalf("only %d concepts in ../pathway/concept.go: has the file been split?", len(concepts))
	}
	return concepts
}

func TestAnErrorAboutAConceptNamesEveryConceptOfThePathway(t *testing.T) {
	_, _, err := newTerminology(t).With(fstest.MapFS{"x.json": localSet("no-such-thing", `{"system":"urn:x","concept":[{"code":"1"}]}`)})
	if err == nil {
		t.Fatal("an unknown concept was taken")
	}
	_, list, _ := strings.Cut(err.Error(), "one of ")
	named := map[string]bool{}
	for name := range strings.SplitSeq(list, ", ") {
		if named[name] {
			t.Errorf("%s is named twice", name)
		}
		named[name] = true
	}
	want := map[string]bool{}
	for _, c := range pathwayConcepts(t) {
		want[string(c)] = true
	}
	if !maps.Equal(named, want) {
		t.Errorf("named %v\nwant  %v", slices.Sorted(maps.Keys(named)), slices.Sorted(maps.Keys(want)))
	}
}

// localSet is an operator's ValueSet with one include.
func localSet(concept, include string) *fstest.MapFile {
	return localText(`{"resourceType":"ValueSet","url":"https://region.example/fhir/ValueSet/` + concept +
		`","status":"active","compose":{"include":[` + include + `]}}`)
}

func localText(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func TestAFolderOfValueSetsAddsCodes(t *testing.T) {
	terms := newTerminology(t)
	local, added, err := terms.With(fstest.MapFS{
		"mri.json": localSet("order-mri-lumbar", `{"system":"urn:oid:1.2.208.176.2.4","concept":[{"code":"UXYZ10","display":"MR af lænd"}]}`),
		"pvr.json": localSet("post-void-residual-volume|1", `{"system":"urn:oid:1.2.3.4/","concept":[{"code":"Resid.1"}]}`),
		"saddle.json": localText(`{"resourceType":"ValueSet","url":"https://region.example/fhir/ValueSet/saddle-sensory-loss","compose":{
			"include":[
				{"system":"http://hl7.org/fhir/sid/icd-10","filter":[{"property":"concept","op":"is-a","value":"R20"}]},
				{"system":"http://hl7.org/fhir/sid/icd-10","concept":[
					{"code":"R20","display":"hud","extension":[{"url":"https://rygkort.example/fhir/StructureDefinition/confidence","valueCode":"unverified"}]}]},
				{"system":"http://snomed.info/sct","concept":[
					{"code":"44077006","extension":[{"url":"https://other.example"},{"url":"https://rygkort.example/fhir/StructureDefinition/confidence","valueCode":"likely"}]}]}],
			"exclude":[{"system":"urn:oid:1.2.208.176.2.4.12","concept":[{"code":"DR203"}]}]}}`),
		"notes.txt":      localText("not a value set"),
		"old.json/x.txt": localText("a folder of that name"),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []fhir.Added{
		{Concept: pathway.OrderMRILumbar, System: "urn:oid:1.2.208.176.2.4", Code: "UXYZ10", File: "mri.json"},
		{Concept: pathway.PostVoidResidual, System: "urn:oid:1.2.3.4/", Code: "Resid.1", File: "pvr.json"},
		{Concept: pathway.SaddleSensoryLoss, System: icdURI, Code: "R20", File: "saddle.json", Descendants: true},
		{Concept: pathway.SaddleSensoryLoss, System: snomedURI, Code: "44077006", File: "saddle.json"},
	}
	if !slices.Equal(added, want) {
		t.Errorf("added\n got %+v\nwant %+v", added, want)
	}
	for _, test := range []struct{ name, system, code, want string }{
		{"a local SKS code", sksURI, "uxyz10+TUL1", "order-mri-lumbar verified"},
		{"a code of a local system", "urn:oid:1.2.3.4|7", "Resid.1", "post-void-residual-volume verified"},
		{"local codes are taken letter by letter", "urn:oid:1.2.3.4", "RESID.1", ""},
		{"another local system", "urn:oid:1.2.3.5", "Resid.1", ""},
		{"a root with its stated confidence", icdURI, "R20", "saddle-sensory-loss unverified"},
		{"what is below it", icdURI, "R20.8", "saddle-sensory-loss unverified"},
		{"the same in SKS", sksURI, "DR208", "saddle-sensory-loss unverified"},
		{"what is excluded", icdURI, "R20.3", ""},
		{"the same in SKS", sksURI, "DR203", ""},
		{"a stated confidence", snomedURI, "44077006", "saddle-sensory-loss likely"},
		{"what was shipped", sksURI, "DG834", "cauda-equina verified"},
	} {
		if got := inWords(local.Lookup(test.system, test.code)); got != test.want {
			t.Errorf("%s: Lookup(%q, %q) = %q, want %q", test.name, test.system, test.code, got, test.want)
		}
	}
	if got := terms.Lookup(sksURI, "UXYZ10"); got != nil {
		t.Errorf("the first terminology changed too: %+v", got)
	}
	again, _, err := local.With(fstest.MapFS{"x.json": localSet("fever", `{"system":"urn:oid:9.9","concept":[{"code":"f"}]}`)})
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range [][2]string{{"urn:oid:9.9", "f"}, {"urn:oid:1.2.3.4", "Resid.1"}} {
		if len(again.Lookup(code[0], code[1])) != 1 {
			t.Errorf("a second folder lost %v", code)
		}
	}
}

func TestALocalFileCannotTakeAShippedCodeAway(t *testing.T) {
	local, _, err := newTerminology(t).With(fstest.MapFS{"x.json": localText(`{"resourceType":"ValueSet",
		"url":"https://region.example/fhir/ValueSet/cauda-equina","compose":{
		"include":[{"system":"urn:x","concept":[{"code":"1"}]}],
		"exclude":[{"system":"http://hl7.org/fhir/sid/icd-10","concept":[{"code":"G83.4"}]}]}}`)})
	if err != nil {
		t.Fatal(err)
	}
	if got := inWords(local.Lookup(icdURI, "G83.4")); got != "cauda-equina verified" {
		t.Errorf("G83.4 is now %q", got)
	}
}

func TestAnEmptyFolderAddsNothing(t *testing.T) {
	_, added, err := newTerminology(t).With(fstest.MapFS{})
	if err != nil || len(added) != 0 {
		t.Errorf("added %v, error %v", added, err)
	}
}

func TestAFaultyValueSetIsRefusedWithFileAndPlace(t *testing.T) {
	terms := newTerminology(t)
	const one = `{"system":"urn:x","concept":[{"code":"1"}]}`
	for _, test := range []struct {
		name string
		file *fstest.MapFile
		want []string
	}{
		{"no JSON", localText(`{"resourceType":`), []string{"bad.json: ", "unexpected EOF"}},
		{"a member of another type", localSet("fever", `{"system":5}`), []string{"bad.json: ", "/compose/include/0/system"}},
		{"another resource", localText(`{"resourceType":"CodeSystem"}`), []string{"bad.json: resourceType: want ValueSet"}},
		{"nothing included", localText(`{"resourceType":"ValueSet","url":"x/fever"}`), []string{"bad.json: compose.include: empty"}},
		{"no url", localText(`{"resourceType":"ValueSet","compose":{"include":[` + one + `]}}`), []string{`bad.json: url: ends in "", which is no concept`}},
		{"no system", localSet("fever", `{"concept":[{"code":"1"}]}`), []string{"bad.json: compose.include[0].system: missing"}},
		{"neither concept nor filter", localSet("fever", one+`,{"system":"urn:x"}`), []string{"bad.json: compose.include[1]: neither"}},
		{"both concept and filter", localSet("fever", `{"system":"urn:x","concept":[{"code":"1"}],"filter":[{}]}`), []string{"bad.json: compose.include[0]: FHIR allows"}},
		{"another value set", localSet("fever", `{"system":"urn:x","valueSet":["urn:y"]}`), []string{"bad.json: compose.include[0].valueSet: "}},
		{"an empty code", localSet("fever", `{"system":"urn:x","concept":[{"code":"1"},{"code":" "}]}`), []string{"bad.json: compose.include[0].concept[1].code: missing"}},
		{"a code without end", localSet("fever", `{"system":"urn:x","concept":[{"code":"`+strings.Repeat("1", 65)+`"}]}`), []string{"bad.json: compose.include[0].concept[0].code: ", "longer than 64"}},
		{"a code of another shape", localSet("fever", `{"system":"urn:oid:1.2.208.176.2.4","concept":[{"code":"L84"}]}`), []string{`bad.json: compose.include[0].concept[0].code: "L84" has the shape of another system`}},
		{"no known confidence", localSet("fever", `{"system":"urn:x","concept":[{"code":"1","extension":[{"url":"https://rygkort.example/fhir/StructureDefinition/confidence","valueCode":"sure"}]}]}`), []string{"bad.json: compose.include[0].concept[0].extension: confidence: want"}},
		{"unverified, and not acute", localSet("fever", `{"system":"urn:x","concept":[{"code":"1","extension":[{"url":"https://rygkort.example/fhir/StructureDefinition/confidence","valueCode":"unverified"}]}]}`), []string{`bad.json: compose.include[0]: code "1": unverified codes count for acute facts only`}},
		{"is-a without codes that show it", localSet("fever", `{"system":"http://snomed.info/sct","filter":[{"property":"concept","op":"is-a","value":"386661006"}]}`), []string{"bad.json: compose.include[0].filter: is-a is read for ICD-10, SKS and ATC"}},
		{"another filter", localSet("fever", `{"system":"http://www.whocc.no/atc","filter":[{"property":"concept","op":"descendent-of","value":"N02A"}]}`), []string{"bad.json: compose.include[0].filter: only one filter"}},
		{"two filters", localSet("fever", `{"system":"http://www.whocc.no/atc","filter":[{"property":"concept","op":"is-a","value":"N"},{"property":"concept","op":"is-a","value":"M"}]}`), []string{"bad.json: compose.include[0].filter: only one filter"}},
		{"a filter of nothing", localSet("fever", `{"system":"http://www.whocc.no/atc","filter":[{"property":"concept","op":"is-a","value":""}]}`), []string{"bad.json: compose.include[0].filter[0].value: missing"}},
		{"an excluded filter", localText(`{"resourceType":"ValueSet","url":"x/fever","compose":{"include":[` + one + `],"exclude":[{"system":"urn:x","filter":[{}]}]}}`), []string{"bad.json: compose.exclude[0]: only listed codes"}},
		{"an empty excluded code", localText(`{"resourceType":"ValueSet","url":"x/fever","compose":{"include":[` + one + `],"exclude":[{"system":"urn:x","concept":[{}]}]}}`), []string{"bad.json: compose.exclude[0].concept[0].code: missing"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, added, err := terms.With(fstest.MapFS{"bad.json": test.file, "good.json": localSet("fever", one)})
			if err == nil || got != nil || added != nil {
				t.Fatalf("it was taken: error %v", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q lacks %q", err, want)
				}
			}
		})
	}
}

func TestAllFaultyFilesAreNamedAtOnce(t *testing.T) {
	_, _, err := newTerminology(t).With(fstest.MapFS{
		"a.json": localSet("nothing", `{"system":"urn:x","concept":[{"code":"1"}]}`),
		"b.json": localSet("fever", `{}`),
	})
	if err == nil || !strings.Contains(err.Error(), "a.json: ") || !strings.Contains(err.Error(), "b.json: ") {
		t.Errorf("error %v", err)
	}
}

// unreadable is a folder that cannot be listed, or whose files cannot be read.
type unreadable struct {
	fstest.MapFS
	list error
}

func (u unreadable) ReadDir(name string) ([]fs.DirEntry, error) {
	if u.list != nil {
		return nil, u.list
	}
	return u.MapFS.ReadDir(name)
}

func (u unreadable) ReadFile(string) ([]byte, error) { return nil, fs.ErrPermission }

func TestAFolderThatCannotBeReadIsAnError(t *testing.T) {
	terms := newTerminology(t)
	if _, _, err := terms.With(unreadable{list: fs.ErrNotExist}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	_, _, err := terms.With(unreadable{MapFS: fstest.MapFS{"locked.json": localText("")}})
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "locked.json") {
		t.Errorf("no right to read: %v", err)
	}
}
