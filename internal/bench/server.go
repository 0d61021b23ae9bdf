package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// server is one of the two, running, as its callers see it.
type server struct {
	kind    kind
	address string
	command *exec.Cmd
	tell    io.WriteCloser
	hear    *bufio.Reader
}

// start starts a server as a process of its own. It is killed when ctx ends,
// and ends by itself when this process does. first is the first line that it is told,
// if its kind is told any.
func start(ctx context.Context, k kind, first string) (*server, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &server{kind: k, command: exec.CommandContext(ctx, program, asServer, string(k))}
	s.command.Stderr = os.Stderr
	s.command.WaitDelay = 5 * time.Second
	if s.tell, err = s.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.hear = bufio.NewReader(out)
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	if k == baseline || k.asks() {
		s.address, err = s.ask(first)
	} else {
		s.address, err = s.line()
	}
	if err != nil {
		return nil, s.stopAfter(err)
	}
	return s, nil
}

// line is the next line that the server says.
func (s *server) line() (string, error) {
	said, err := s.hear.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("the %s ended: %w", s.kind, err)
	}
	return strings.TrimSpace(said), nil
}

// ask tells the server something and returns its answer.
func (s *server) ask(what string) (string, error) {
	if _, err := fmt.Fprintln(s.tell, what); err != nil {
		return "", fmt.Errorf("the %s no longer listens: %w", s.kind, err)
	}
	return s.line()
}

// stop lets the server finish: its profile is whole after it.
func (s *server) stop() error {
	_ = s.tell.Close()
	if err := s.command.Wait(); err != nil {
		return fmt.Errorf("the %s: %w", s.kind, err)
	}
	return nil
}

// stopAfter stops the server after a failure, which it returns.
func (s *server) stopAfter(failure error) error {
	_ = s.stop()
	return failure
}

// usage is what a server has used so far.
type usage struct {
	cpu     time.Duration
	mallocs uint64
	memory  memory
}

func (s *server) usage() (u usage, err error) {
	count, err := s.ask(mallocs)
	if err != nil {
		return u, err
	}
	if u.mallocs, err = strconv.ParseUint(count, 10, 64); err != nil {
		return u, err
	}
	if u.cpu, err = cpuOf(s.command.Process.Pid); err != nil {
		return u, err
	}
	u.memory, err = memoryOf(s.command.Process.Pid)
	return u, err
}
