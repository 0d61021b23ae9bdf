//go:build linux || darwin || freebsd || netbsd || openbsd

package ledger

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// hold takes a SQLite file for this process, until the returned file is closed or
// the process ends, however it does.
func hold(path string) (*os.File, error) {
	file, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	// A file system without locks fails otherwise, and is nobody's fault.
	if errors.Is(syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB), syscall.EWOULDBLOCK) {
		_ = file.Close()
		return nil, fmt.Errorf("ledger: another service has %s: a SQLite file is for one, several share a PostgreSQL database", path)
	}
	return file, nil
}
