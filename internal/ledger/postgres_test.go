package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
)

// server is a PostgreSQL of the tests' own: in a temporary folder, with nothing
// but a socket in it.
type server struct {
	bin     string // where initdb and postgres are
	folder  string
	socket  string
	asUser  []string // what a command is run with, so that it is not root
	process *exec.Cmd
}

// oneServer serves all tests, each in a database of its own. The first one that
// needs it starts it, and TestMain stops it.
var oneServer struct {
	sync.Mutex
	server *server
	err    error
	made   int
}

var errNoPostgres = errors.New("no /usr/lib/postgresql/*/bin/initdb: PostgreSQL is not installed (apt-get install postgresql)")

// startServer gives the server, or skips the test where there is no PostgreSQL
// and nobody insists on one.
func startServer(t testing.TB) *server {
	t.Helper()
	oneServer.Lock()
	defer oneServer.Unlock()
	if oneServer.server == nil && oneServer.err == nil {
		oneServer.server, oneServer.err = newServer()
	}
	if errors.Is(oneServer.err, errNoPostgres) && os.Getenv("CI") != "true" && os.Getenv("RYGKORT_POSTGRES") == "" {
		t.Skipf("%v; the half of this test that is about PostgreSQL was left out", oneServer.err)
	}
	if oneServer.err != nil {
		t.Fatal(oneServer.err)
	}
	return oneServer.server
}

func stopServer() error {
	oneServer.Lock()
	defer oneServer.Unlock()
	if oneServer.server == nil {
		return nil
	}
	return errors.Join(oneServer.server.stop(), os.RemoveAll(oneServer.server.folder))
}

func newServer() (*server, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return nil, errNoPostgres
	}
	slices.Sort(found)
	s := &server{bin: filepath.Dir(found[len(found)-1])}
	if s.folder, err = os.MkdirTemp("", "rygkort-pg"); err != nil {
		return nil, err
	}
	if err := s.leaveRoot(); err != nil {
		return nil, err
	}
	s.socket = s.folder
	initdb := s.command("initdb", "--pgdata", s.data(), "--username=rygkort", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
	if output, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, output)
	}
	return s, s.start()
}

// leaveRoot lets the server run as another user: PostgreSQL refuses root.
func (s *server) leaveRoot() error {
	if os.Getuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.Atoi(account.Uid)
		if err != nil {
			return err
		}
		gid, err := strconv.Atoi(account.Gid)
		if err != nil {
			return err
		}
		s.asUser = []string{"setpriv", "--reuid=" + account.Uid, "--regid=" + account.Gid, "--clear-groups"}
		return os.Chown(s.folder, uid, gid)
	}
	return errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
}

func (s *server) data() string { return filepath.Join(s.folder, "data") }

func (s *server) command(program string, arguments ...string) *exec.Cmd {
	line := append(slices.Clone(s.asUser), filepath.Join(s.bin, program))
	line = append(line, arguments...)
	command := exec.Command(line[0], line[1:]...)
	command.Dir = s.folder
	return command
}

// start returns when the server answers. What it writes to disk need not survive a
// power cut: it is the ledger that is killed here, not the machine.
func (s *server) start() error {
	log, err := os.OpenFile(filepath.Join(s.folder, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	s.process = s.command("postgres", "-D", s.data(), "-k", s.socket, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200")
	s.process.Stdout, s.process.Stderr = log, log
	if err := s.process.Start(); err != nil {
		return err
	}
	admin, err := sql.Open("pgx", s.url("postgres"))
	if err != nil {
		return err
	}
	defer admin.Close()
	for range 200 {
		if err = admin.Ping(); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	text, _ := os.ReadFile(log.Name())
	return fmt.Errorf("PostgreSQL does not answer: %w\n%s", err, text)
}

// stop ends the server and all that is connected to it, in an orderly way.
func (s *server) stop() error {
	if s.process == nil {
		return nil
	}
	err := s.process.Process.Signal(os.Interrupt)
	if err == nil {
		err = s.process.Wait()
	}
	s.process = nil
	return err
}

func (s *server) url(database string) string {
	return "postgres://rygkort@/" + database + "?" + url.Values{"host": {s.socket}}.Encode()
}

// newDatabase makes an empty one.
func (s *server) newDatabase(t testing.TB) string {
	t.Helper()
	oneServer.Lock()
	oneServer.made++
	name := "ledger" + strconv.Itoa(oneServer.made)
	oneServer.Unlock()
	admin, err := sql.Open("pgx", s.url("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	if _, err := admin.ExecContext(context.Background(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return name
}
