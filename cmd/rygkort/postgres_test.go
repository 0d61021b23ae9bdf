//go:build ledger

package main_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
)

// postgres is a server of a test's own: in a temporary folder, with nothing but a
// socket in it.
type postgres struct {
	bin, folder string
	asUser      []string // what a command is run with, so that it is not root
	process     *exec.Cmd
}

func startPostgres(t *testing.T) *postgres {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		if os.Getenv("CI") != "true" {
			t.Skip("PostgreSQL is not installed (apt-get install postgresql)")
		}
		t.Fatal("PostgreSQL is not installed")
	}
	slices.Sort(found)
	p := &postgres{bin: filepath.Dir(found[len(found)-1])}
	// Not t.TempDir, into which another user may not look.
	if p.folder, err = os.MkdirTemp("", "rygkort-pg"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.stop(t)
		_ = os.RemoveAll(p.folder)
	})
	p.leaveRoot(t)
	initdb := p.command("initdb", "--pgdata", p.data(), "--username=rygkort", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
	if said, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v: %s", err, said)
	}
	p.start(t)
	return p
}

// leaveRoot lets the server run as another user: PostgreSQL refuses root.
func (p *postgres) leaveRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	for _, name := range []string{"postgres", "nobody"} {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(account.Uid)
		gid, _ := strconv.Atoi(account.Gid)
		p.asUser = []string{"setpriv", "--reuid=" + account.Uid, "--regid=" + account.Gid, "--clear-groups"}
		if err := os.Chown(p.folder, uid, gid); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatal("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
}

func (p *postgres) data() string { return filepath.Join(p.folder, "data") }

func (p *postgres) command(program string, arguments ...string) *exec.Cmd {
	line := append(slices.Clone(p.asUser), filepath.Join(p.bin, program))
	line = append(line, arguments...)
	command := exec.Command(line[0], line[1:]...)
	command.Dir = p.folder
	return command
}

// start returns when the server answers.
func (p *postgres) start(t *testing.T) {
	t.Helper()
	p.process = p.command("postgres", "-D", p.data(), "-k", p.folder, "-c", "listen_addresses=", "-c", "fsync=off")
	if err := p.process.Start(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("pgx", p.url())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for range 200 {
		if err = db.PingContext(context.Background()); err == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("PostgreSQL does not answer: %v", err)
}

// stop ends the server with all that is connected to it.
func (p *postgres) stop(t *testing.T) {
	t.Helper()
	if p.process == nil {
		return
	}
	err := p.process.Process.Signal(os.Interrupt)
	if err == nil {
		err = p.process.Wait()
	}
	p.process = nil
	if err != nil {
		t.Error(fmt.Errorf("PostgreSQL: %w", err))
	}
}

// freeze stops all its processes where they are, and thaw lets them go on.
func (p *postgres) freeze(t *testing.T) {
	p.signal(t, syscall.SIGSTOP)
	t.Cleanup(func() { p.signal(t, syscall.SIGCONT) }) // also after a failure: it could not be stopped
}

func (p *postgres) thaw(t *testing.T) { p.signal(t, syscall.SIGCONT) }

func (p *postgres) signal(t *testing.T, signal syscall.Signal) {
	t.Helper()
	parent := p.process.Process.Pid
	if err := syscall.Kill(parent, signal); err != nil {
		t.Fatal(err)
	}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, stat := range stats {
		text, err := os.ReadFile(stat)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest)
		if len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(stat))); err == nil {
				_ = syscall.Kill(pid, signal) // may have ended meanwhile
			}
		}
	}
}

func (p *postgres) url() string {
	return "postgres://rygkort@/postgres?" + url.Values{"host": {p.folder}}.Encode()
}
