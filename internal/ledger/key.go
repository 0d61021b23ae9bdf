package ledger

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// shortestKey of marks, in bytes.
const shortestKey = 16

// Mark makes the mark of a patient in one contact: an encounter, or a day where
// there is none. Nothing of what it is given is kept.
func (l *Ledger) Mark(client, patient, contact string) Mark {
	mac := hmac.New(sha256.New, l.key)
	writeParts(mac, client, patient, contact)
	return Mark(mac.Sum(nil)[:len(Mark{})])
}

// hashOf is a hash over parts, in hex, short enough to be a key of a table.
func hashOf(parts ...string) string {
	sum := sha256.New()
	writeParts(sum, parts...)
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// writeParts puts its length before each part, so that no two lists of parts
// read the same.
func writeParts(to hash.Hash, parts ...string) {
	for _, part := range parts {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		to.Write(length[:])
		to.Write([]byte(part))
	}
}

// keyBeside returns the key in the file beside a SQLite database, and makes it
// where there is none.
func keyBeside(database string) ([]byte, error) {
	file := database + ".key"
	key, err := readKey(file)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := makeKey(file); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("key of the ledger: %w", err)
	}
	return readKey(file) // whoever made it: of two at once, one
}

func readKey(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("key of the ledger: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) < shortestKey {
		return nil, fmt.Errorf("key of the ledger: %s does not hold at least %d bytes in hexadecimal digits", file, shortestKey)
	}
	return key, nil
}

// makeKey lets the file appear whole or not at all, and replaces none.
func makeKey(file string) error {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	draft, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name())
	_, err = fmt.Fprintln(draft, hex.EncodeToString(key))
	if err := errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	return os.Link(draft.Name(), file)
}
