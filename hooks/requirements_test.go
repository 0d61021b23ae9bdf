package hooks_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestEveryRequirementThatIsNamedIsOnTheRequirementsPage holds the page to the
// code: an id has a row, and the row leads to a file that names it.
func TestEveryRequirementThatIsNamedIsOnTheRequirementsPage(t *testing.T) {
	heldBy := requirementRows(t)
	named := map[string][]string{} // id → files
	for _, folder := range []string{"hooks", "cards", "fhir", "cmd"} {
		for _, path := range filesBelow(t, filepath.Join("..", folder), ".go") {
			for _, id := range requirementsIn(t, path, requirementID) {
				named[id] = append(named[id], path)
			}
		}
	}
	if len(named) < 100 {
		t.Fatalf("only %d ids were seen", len(named))
	}
	for id, files := range named {
		links, known := heldBy[id]
		names := func(link string) bool { return slices.Contains(files, filepath.Join("../docs", link)) }
		switch {
		case known && (slices.ContainsFunc(links, names) || slices.Contains(releases, id)):
		case known:
			t.Errorf("%s: docs/requirements.md leads to no file that names it; %s does", id, files[0])
		case !slices.Contains(diagnoses, id):
			t.Errorf("%s is named in %s and has no row in docs/requirements.md (a code of ICD-10 belongs into diagnoses)", id, files[0])
		}
	}

	for _, path := range append(filesBelow(t, docsFolder, ".md"), "../README.md", "../CHANGELOG.md") {
		for _, id := range requirementsIn(t, path, ownRequirement) {
			if _, known := heldBy[id]; !known && filepath.Base(path) != "requirements.md" {
				t.Errorf("%s is named in %s and has no row in docs/requirements.md", id, path)
			}
		}
	}
}

func TestRequirementIDsAreToldFromOtherIDs(t *testing.T) {
	for text, want := range map[string][]string{
		"R3: x is null":            {"R3"},
		"(R74, R77) and R80.":      {"R74", "R77", "R80"},
		"R68…R71, R55 to R57":      {"R55", "R56", "R57", "R68", "R69", "R70", "R71"},
		"R147, I-cds-resp-3":       {"I-cds-resp-3", "R147"},
		"V3-38 N-2 H-og-6 H-x-2":   {"H-og-6", "H-x-2", "N-2", "V3-38"},
		"O-R1, R-A1, MedicationR5": nil,
		"NS-C3-6, NR-C4-4, DR33":   nil,
		"R1234 and XR1":            nil,
	} {
		if got := requirementsOf(text, requirementID); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

var (
	ownRequirement   = regexp.MustCompile(`(?:^|[^-\w])(N-\d+|V3-\d+|H-(?:pv|os|og|x)-\d+|I-[a-z]+(?:-[a-z]+)*-\d+)\b`)
	requirementID    = regexp.MustCompile(`(?:^|[^-\w])(R\d{1,3}|N-\d+|V3-\d+|H-(?:pv|os|og|x)-\d+|I-[a-z]+(?:-[a-z]+)*-\d+)\b`)
	requirementRange = regexp.MustCompile(`\bR(\d{1,3})(?:…| to )R(\d{1,3})\b`)

	releases  = []string{"R4", "R5", "R6"}    // of FHIR, too
	diagnoses = []string{"R05", "R32", "R33"} // of ICD-10 and no requirement
)

// requirementRows are the links of each id's row, which it has once.
func requirementRows(t *testing.T) map[string][]string {
	t.Helper()
	heldBy := map[string][]string{}
	for _, row := range readPage(t, "../docs/requirements.md").rows("id", "level", "what it asks", "how Rygkort meets it", "held by") {
		for i, cell := range row {
			if cell == "" {
				t.Errorf("docs/requirements.md, %s: cell %d is empty", row[0], i+1)
			}
		}
		for _, id := range strings.Split(row[0], ", ") {
			if _, twice := heldBy[id]; twice {
				t.Errorf("docs/requirements.md: %s stands there twice", id)
			}
			heldBy[id] = page{lines: []string{row[4]}}.links()
		}
	}
	return heldBy
}

func filesBelow(t *testing.T, folder, extension string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == extension && filepath.Base(path) != "requirements_test.go" {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func requirementsIn(t *testing.T, path string, form *regexp.Regexp) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return requirementsOf(string(text), form)
}

// requirementsOf are the ids in a text, each once, ranges written out.
func requirementsOf(text string, form *regexp.Regexp) []string {
	var found []string
	for _, match := range form.FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	if form == requirementID {
		for _, match := range requirementRange.FindAllStringSubmatch(text, -1) {
			from, _ := strconv.Atoi(match[1])
			to, _ := strconv.Atoi(match[2])
			for n := from; n <= to; n++ {
				found = append(found, fmt.Sprintf("R%d", n))
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}
