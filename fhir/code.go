package fhir

import "strings"

// system is one code system, whatever URI a record names it by. Values from
// localSystem upward are given to the systems that an operator's value sets
// bring along.
type system int

const (
	icpc2 system = iota
	icd10
	sks
	snomed
	loinc
	cpt
	rxnorm
	atc
	ownFinding
	ownAnswer
	ownOrder
	ownMuscleGroup
	localSystem
)

// systemsOf lists every URI we take for a code system.
//
// The first ICPC-2 URI is what Danish profiles use today and the second is
// HL7's; the third is a proposal of Danish core. The SKS root covers its
// branch of diagnoses. Danish additions to ICD-10 are read like ICD-10, since
// they only add characters behind a code of it.
func systemsOf(canonical string) map[string]system {
	uris := map[string]system{
		"urn:oid:1.2.208.176.2.31":                                icpc2,
		"http://hl7.org/fhir/sid/icpc-2":                          icpc2,
		"http://hl7.dk/fhir/core/CodeSystem/icpc2E-DK":            icpc2,
		"urn:oid:2.16.840.1.113883.6.139":                         icpc2,
		"http://hl7.org/fhir/sid/icd-10":                          icd10,
		"urn:oid:2.16.840.1.113883.6.3":                           icd10,
		"http://hl7.dk/fhir/core/CodeSystem/sks-icd10-deviations": icd10,
		"urn:oid:1.2.208.176.2.4.12":                              sks,
		"urn:oid:1.2.208.176.2.4":                                 sks,
		"http://snomed.info/sct":                                  snomed,
		"urn:oid:2.16.840.1.113883.6.96":                          snomed,
		"http://loinc.org":                                        loinc,
		"urn:oid:2.16.840.1.113883.6.1":                           loinc,
		"http://www.ama-assn.org/go/cpt":                          cpt,
		"http://www.nlm.nih.gov/research/umls/rxnorm":             rxnorm,
		"http://www.whocc.no/atc":                                 atc,
	}
	for _, base := range []string{DefaultCanonical, canonical} {
		uris[base+"/CodeSystem/finding"] = ownFinding
		uris[base+"/CodeSystem/answer"] = ownAnswer
		uris[base+"/CodeSystem/order"] = ownOrder
		uris[base+"/CodeSystem/muscle-group"] = ownMuscleGroup
	}
	return uris
}

// bareURI is a system URI without what clients add to it: spaces, a version
// behind "|", a slash at the end.
func bareURI(uri string) string {
	uri, _, _ = strings.Cut(uri, "|")
	return strings.TrimRight(strings.TrimSpace(uri), "/")
}

// folds says whether the codes of a system are written in several ways that
// mean one code.
func (s system) folds() bool {
	return s == icpc2 || s.branches()
}

// branches says whether a code's children begin with the code itself, so that
// "is-a" can be answered without a terminology server.
func (s system) branches() bool {
	return s == icd10 || s == sks || s == atc
}

// maxCode is longer than any code in use; what is longer is no code.
const maxCode = 64

// key is a code as it is looked up. It is a value, so that a lookup of an
// unknown code costs no memory.
type key struct {
	text [maxCode]byte
	size int
}

func (k *key) bytes() []byte { return k.text[:k.size] }

// locate says in which system a code has to be looked up, under which key,
// and whether that is another system than the one it was recorded in.
//
// ICPC-2 and ICD-10 share shapes and not meanings: N18 is weakness in one and
// kidney disease in the other. So a code is moved only where its shape proves
// that it cannot belong where it was found. A plain letter and two digits
// under ICD-10 stays ICD-10.
func locate(asked system, code string) (where system, k key, misplaced, ok bool) {
	code = strings.TrimSpace(code)
	if !asked.folds() {
		k.size = copy(k.text[:], code)
		return asked, k, false, k.size == len(code) && k.size > 0
	}
	dotted, ok := k.fold(code)
	if !ok {
		return asked, k, false, false
	}
	where = asked
	switch {
	case asked == atc:
	case asked != sks && hasSKSShape(k.bytes()):
		where = sks
	case asked != icd10 && dotted:
		where = icd10
	case asked == sks && hasICPCShape(k.bytes()):
		where = icpc2
	}
	return where, k, where != asked, true
}

// fold writes the code in capitals, without dots and without what SKS appends
// behind "+" (a side, an extra code). dotted tells of a dot where ICD-10 has
// its dot: behind a letter and two digits, before another digit.
func (k *key) fold(code string) (dotted, ok bool) {
	code, _, _ = strings.Cut(code, "+")
	code = strings.TrimSpace(code)
	if len(code) > maxCode {
		return false, false
	}
	for i := range len(code) {
		switch c := code[i]; {
		case c == '.':
			dotted = dotted || i == 3 && i+1 < len(code) && isDigit(code[i+1]) && hasICPCShape(k.bytes())
			continue
		case 'a' <= c && c <= 'z':
			k.text[k.size] = c - 'a' + 'A'
		default:
			k.text[k.size] = c
		}
		k.size++
	}
	return dotted, k.size > 0
}

// hasSKSShape: a Danish diagnosis code is "D" before the ICD-10 code, and no
// code of ICD-10 or ICPC-2 begins with two letters.
func hasSKSShape(code []byte) bool {
	return len(code) >= 4 && code[0] == 'D' && hasICPCShape(code[1:4])
}

// hasICPCShape: one letter and two digits, and nothing else.
func hasICPCShape(code []byte) bool {
	return len(code) == 3 && 'A' <= code[0] && code[0] <= 'Z' && isDigit(code[1]) && isDigit(code[2])
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// twin is the same code in the sister system: SKS writes the ICD-10 code M54.5
// as DM545. It returns false for codes that have no sister.
func twin(s system, code string) (system, string, bool) {
	switch {
	case s == sks && hasSKSShape([]byte(code)):
		return icd10, code[1:], true
	case s == icd10:
		return sks, "D" + code, true
	default:
		return s, "", false
	}
}
