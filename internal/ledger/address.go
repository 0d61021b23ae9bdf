package ledger

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// kind is which of the two databases it is.
type kind int

const (
	sqlite kind = iota
	postgres
)

func (k kind) String() string {
	if k == postgres {
		return "PostgreSQL"
	}
	return "SQLite"
}

// address is where a ledger is, read from its URL.
type address struct {
	kind     kind
	path     string          // of SQLite
	postgres *pgx.ConnConfig // of PostgreSQL
	secrets  []string        // what no error may show
}

// secretParameters of a PostgreSQL URL.
var secretParameters = []string{"password", "sslpassword", "passfile"}

// parseAddress reads a ledger's URL. Its errors quote nothing of a PostgreSQL URL
// that could be a password.
func parseAddress(text string) (address, error) {
	scheme, rest, hasScheme := strings.Cut(text, ":")
	switch {
	case hasScheme && scheme == "sqlite":
		return parseSQLite(rest)
	case hasScheme && (scheme == "postgres" || scheme == "postgresql"):
		return parsePostgres(text)
	}
	return address{}, errors.New("the ledger's URL is neither sqlite:path nor postgres://user@host/database")
}

func parseSQLite(path string) (address, error) {
	if strings.HasPrefix(path, "//") {
		path = path[2:]
		if !strings.HasPrefix(path, "/") {
			return address{}, errors.New("sqlite://… names a host: write sqlite:path, or sqlite:/path from the root")
		}
	}
	switch {
	case path == "" || path == ":memory:":
		return address{}, errors.New("sqlite: names no file")
	case strings.ContainsAny(path, "?\x00"):
		return address{}, errors.New("sqlite:path takes no parameters, and no ? in the path")
	}
	return address{kind: sqlite, path: filepath.Clean(path)}, nil
}

func parsePostgres(text string) (address, error) {
	_, rest, slashes := strings.Cut(text, "://")
	if !slashes {
		return address{}, errors.New("the ledger's URL begins with postgres: and not postgres://")
	}
	authority := rest
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		authority = rest[:end]
	}
	// A password with a bare @, /, ? or # would be cut there, and the rest of it be
	// shown as a host or as the name of a database.
	if strings.Count(rest, "@") > 1 || strings.ContainsAny(rest[len(authority):], "@#") {
		return address{}, errors.New("the ledger's URL has an @ or # in the wrong place: in a password they are written %40 and %23, a / is %2F and a ? is %3F")
	}
	parsed, err := url.Parse(text)
	if err != nil {
		return address{}, errors.New("the ledger's URL cannot be read: in a password all but letters and digits are best written %XX")
	}
	a := address{kind: postgres, secrets: []string{text}}
	if user, _, hasUser := strings.Cut(authority, "@"); hasUser {
		_, raw, _ := strings.Cut(user, ":")
		decoded, _ := parsed.User.Password()
		a.secrets = append(a.secrets, raw, decoded)
	}
	for parameter := range strings.SplitSeq(parsed.RawQuery, "&") {
		name, raw, _ := strings.Cut(parameter, "=")
		name, errName := url.PathUnescape(name)
		value, errValue := url.PathUnescape(raw)
		if errName != nil || errValue != nil || strings.Contains(raw, ";") {
			return address{}, errors.New("the parameters in the ledger's URL cannot be read")
		}
		if slices.Contains(secretParameters, name) {
			a.secrets = append(a.secrets, raw, value)
		}
	}
	a.postgres, err = pgx.ParseConfig(text)
	if err != nil {
		// The driver quotes the URL with its own idea of where the password is; the
		// cause alone is enough.
		if cause := errors.Unwrap(err); cause != nil {
			err = cause
		}
		return address{}, fmt.Errorf("the ledger's URL: %s", a.redact(err.Error()))
	}
	a.secrets = append(a.secrets, a.postgres.Password) // also from the environment
	if a.postgres.ConnectTimeout == 0 || a.postgres.ConnectTimeout > connectTimeout {
		a.postgres.ConnectTimeout = connectTimeout
	}
	if a.postgres.RuntimeParams["application_name"] == "" {
		a.postgres.RuntimeParams["application_name"] = "rygkort"
	}
	return a, nil
}

// connectTimeout is how long a server may take to answer at all.
const connectTimeout = 2 * time.Second

// redact removes the secrets from a text, also where it quotes them.
func (a address) redact(text string) string {
	for _, secret := range a.secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	return text
}

// sqliteName is what SQLite is opened by. cache is in KiB.
func (a address) sqliteName(synchronous string, cache int) string {
	path := (&url.URL{Path: a.path}).EscapedPath()
	return "file:" + path + "?_txlock=immediate" +
		"&_pragma=busy_timeout(5000)" +
		"&_pragma=journal_mode(WAL)" +
		"&_pragma=synchronous(" + synchronous + ")" +
		"&_pragma=cache_size(-" + strconv.Itoa(cache) + ")" +
		"&_pragma=foreign_keys(1)" +
		"&_pragma=temp_store(MEMORY)" + // else each batch goes through a file of its own too
		"&_pragma=wal_autocheckpoint(4000)" + // pages: 16 MiB, so that one that is written often is copied seldom
		"&_pragma=secure_delete(1)" // what was pruned is not left in free pages
}
