package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// readFile reads a configuration file. Its error names everything that is
// wrong, by line, and no value: one could be a secret in the wrong place.
func readFile(path string) (*file, error) {
	f, in, err := readAsFarAsPossible(path)
	if err == nil {
		err = in.err()
	}
	return f, err
}

// readAsFarAsPossible reads a file with its faults.
//
// The tree is walked here and not decoded by the library, which stops at the
// first fault, takes 3 for three nanoseconds and 007 for the text 7, and reads
// the first of two documents.
func readAsFarAsPossible(path string) (*file, *reading, error) {
	f, in := &file{}, &reading{path: path, lines: map[string]int{"": 1}}
	if path == "" {
		return f, in, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return f, in, fmt.Errorf("%w: --config: %w", errMisused, err)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // as Windows editors begin a file
	tree, err := parser.ParseBytes(text, 0)
	var known yaml.Error
	switch {
	case err == nil:
		in.document(tree, f)
	case errors.As(err, &known) && known.GetToken() != nil:
		in.lines[""] = known.GetToken().Position.Line
		in.say("", notYAML(text, in.lines[""], known.GetMessage()))
	default:
		in.say("", "is not YAML")
	}
	f.check(in)
	f.from(filepath.Dir(path))
	return f, in, nil
}

// notYAML says what is wrong with the form. A tab is what is wrong most often,
// and seen least.
func notYAML(text []byte, line int, message string) string {
	if lines := strings.Split(string(text), "\n"); line >= 1 && line <= len(lines) && strings.Contains(lines[line-1], "\t") {
		return "is not YAML: indent with blanks, not with tabs"
	}
	if strings.Contains(message, "already defined") {
		return "a setting stands there twice: " + message
	}
	return "is not YAML: " + message
}

// reading is a configuration file while it is read.
type reading struct {
	path   string
	lines  map[string]int // where each setting stands, such as clients[0].iss
	faults []fault
}

type fault struct {
	line  int
	place string
	text  string
}

// has reports whether the file has a setting.
func (in *reading) has(place string) bool { return in.lines[place] > 0 }

// say adds what is wrong with a setting, of which the first thing is enough.
// Where it is missing, the line is that of what should hold it.
func (in *reading) say(place, what string) {
	known := func(f fault) bool {
		return f.place == place || !in.has(place) && f.place != "" && strings.HasPrefix(place, f.place)
	}
	if slices.ContainsFunc(in.faults, known) {
		return
	}
	at := place
	for in.lines[at] == 0 && at != "" {
		at = at[:max(0, strings.LastIndexAny(at, ".["))]
	}
	line := max(1, in.lines[at])
	text := fmt.Sprintf("%s:%d: ", in.path, line)
	if place != "" {
		text += place + ": "
	}
	in.faults = append(in.faults, fault{line, place, text + what})
}

func (in *reading) sayIf(place string, err error) {
	if err != nil {
		in.say(place, err.Error())
	}
}

// err is all that was found, from top to bottom.
func (in *reading) err() error {
	if len(in.faults) == 0 {
		return nil
	}
	slices.SortStableFunc(in.faults, func(a, b fault) int { return cmp.Compare(a.line, b.line) })
	texts := make([]string, len(in.faults))
	for i, one := range in.faults {
		texts[i] = one.text
	}
	return fmt.Errorf("%w: %s", errMisused, strings.Join(texts, "\n  "))
}

// document reads the one document of a file.
func (in *reading) document(tree *ast.File, f *file) {
	var bodies []ast.Node
	for _, document := range tree.Docs {
		if document.Body != nil && document.Body.Type() != ast.CommentType {
			bodies = append(bodies, document.Body)
		}
	}
	switch len(bodies) {
	case 0:
		in.say("", "holds no settings; without --config the service starts with invented patients")
	case 1:
		in.node(bodies[0], reflect.ValueOf(f).Elem(), "")
	default:
		in.lines[""] = lineOf(bodies[1])
		in.say("", "a second document begins here; one is read")
	}
}

func lineOf(n ast.Node) int {
	if n.GetToken() == nil {
		return 1
	}
	return n.GetToken().Position.Line
}

// node reads a node into what it is for.
func (in *reading) node(n ast.Node, into reflect.Value, place string) {
	if _, isNull := n.(*ast.NullNode); isNull {
		if place != "" {
			in.say(place, "has no value; leave it out for the default")
		}
		return
	}
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		in.say(place, "anchors, aliases and tags are not taken; write the value itself")
		return
	}
	switch into.Kind() {
	case reflect.Struct, reflect.Map:
		in.mapping(n, into, place)
	case reflect.Slice:
		in.list(n, into, place)
	default:
		if want := scalar(n, into); want != "" {
			in.say(place, "want "+want)
		}
	}
}

// mapping reads members into a struct by its tags, or into a map.
func (in *reading) mapping(n ast.Node, into reflect.Value, place string) {
	members, isMapping := n.(ast.MapNode)
	if !isMapping {
		in.say(place, "want settings below it, as name: value")
		return
	}
	for each := members.MapRange(); each.Next(); {
		key, isText := each.Key().(*ast.StringNode)
		if !isText {
			at := fmt.Sprintf("line %d", lineOf(each.Key()))
			in.lines[at] = lineOf(each.Key())
			in.say(at, "want the name of a setting and a value, as name: value")
			continue
		}
		at := strings.TrimPrefix(place+"."+key.Value, ".")
		in.lines[at] = lineOf(key)
		if into.Kind() == reflect.Map {
			if into.IsNil() {
				into.Set(reflect.MakeMap(into.Type()))
			}
			value := reflect.New(into.Type().Elem()).Elem()
			in.node(each.Value(), value, at)
			into.SetMapIndex(reflect.ValueOf(key.Value), value)
			continue
		}
		member, names := memberOf(into, key.Value)
		if !member.IsValid() {
			in.say(at, "there is no such setting; known here are "+strings.Join(names, ", "))
			continue
		}
		in.node(each.Value(), member, at)
	}
}

// memberOf is the member of a struct by its name in the file, and all names.
func memberOf(of reflect.Value, name string) (member reflect.Value, names []string) {
	for i := range of.NumField() {
		tag := of.Type().Field(i).Tag.Get("yaml")
		names = append(names, tag)
		if tag == name {
			member = of.Field(i)
		}
	}
	return member, names
}

func (in *reading) list(n ast.Node, into reflect.Value, place string) {
	sequence, isSequence := n.(*ast.SequenceNode)
	if !isSequence {
		in.say(place, "want a list, as [a, b] or a line with - for each")
		return
	}
	for i, one := range sequence.Values {
		at := fmt.Sprintf("%s[%d]", place, i)
		in.lines[at] = lineOf(one)
		if members, isMapping := one.(ast.MapNode); isMapping {
			if each := members.MapRange(); each.Next() {
				in.lines[at] = lineOf(each.Key()) // the token of a mapping is its first colon
			}
		}
		value := reflect.New(into.Type().Elem()).Elem()
		in.node(one, value, at)
		into.Set(reflect.Append(into, value))
	}
}

var durationType = reflect.TypeFor[time.Duration]()

// scalar reads one value, or says what is wanted. Nothing is taken for
// something else: a text is no number and a number no text.
func scalar(n ast.Node, into reflect.Value) (want string) {
	text, isText := "", false
	switch n := n.(type) {
	case *ast.StringNode:
		text, isText = n.Value, true
	case *ast.LiteralNode:
		text, isText = n.Value.Value, true
	}
	switch {
	case into.Type() == durationType:
		d, err := time.ParseDuration(text)
		if !isText || err != nil {
			return "a time with its unit, such as 3s"
		}
		into.SetInt(int64(d))
	case into.Kind() == reflect.String:
		if !isText {
			return "a text; put it into quotes"
		}
		into.SetString(text)
	case into.Kind() == reflect.Bool:
		word, isWord := n.(*ast.BoolNode)
		if !isWord {
			return "true or false"
		}
		into.SetBool(word.Value)
	case into.Kind() == reflect.Float64:
		number, isNumber := numberOf(n)
		if !isNumber {
			return "a number"
		}
		into.SetFloat(number)
	default:
		number, isNumber := numberOf(n)
		if !isNumber || number != math.Trunc(number) || math.Abs(number) > math.MaxInt32 {
			return "a whole number"
		}
		into.SetInt(int64(number))
	}
	return ""
}

func numberOf(n ast.Node) (float64, bool) {
	switch n := n.(type) {
	case *ast.IntegerNode:
		switch value := n.Value.(type) {
		case int64:
			return float64(value), true
		case uint64:
			return float64(value), true
		}
	case *ast.FloatNode:
		return n.Value, true
	}
	return 0, false
}
