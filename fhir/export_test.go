package fhir

import (
	"github.com/go-json-experiment/json/jsontext"

	"rygkort/pathway"
)

// Put walks over a value as if it were all there is under its key. What breaks
// off keeps what was found before.
func (c *Record) Put(source pathway.Source, value jsontext.Value) {
	if err := c.whole(source, value); err != nil && c.of(source) != nil {
		c.of(source).err = err
	}
}
