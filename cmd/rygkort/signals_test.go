package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

func mustRead(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// process starts the command as a process of its own and returns where it
// listens.
func process(t *testing.T, args ...string) (running *exec.Cmd, url string, stderr *stream) {
	t.Helper()
	running = exec.CommandContext(t.Context(), os.Args[0], args...)
	stderr = &stream{}
	running.Env, running.Stderr = append(os.Environ(), "RYGKORT_TEST_IS_COMMAND=yes"), stderr
	if err := running.Start(); err != nil {
		t.Fatal(err)
	}
	discovery := regexp.MustCompile(`(http\S+)/cds-services\n`)
	until(t, "where it listens", func() bool { return discovery.MatchString(stderr.String()) })
	return running, discovery.FindStringSubmatch(stderr.String())[1], stderr
}

// halfACall begins a call and returns how to end it.
func halfACall(t *testing.T, url string) (end func(), status chan int) {
	t.Helper()
	reader, writer := io.Pipe()
	call, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+service, reader)
	if err != nil {
		t.Fatal(err)
	}
	call.Header.Set("Content-Type", "application/json")
	status = make(chan int, 1)
	go func() {
		answer, err := http.DefaultClient.Do(call)
		if err != nil {
			status <- 0
			return
		}
		answer.Body.Close()
		status <- answer.StatusCode
	}()
	body := request(caudaEquina)
	if _, err := io.WriteString(writer, body[:50]); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond) // let the server see it
	return func() { _, _ = io.WriteString(writer, body[50:]); writer.Close() }, status
}

func signalTo(t *testing.T, running *exec.Cmd, s os.Signal) {
	t.Helper()
	if err := running.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

func TestSIGTERMLetsACallFinishAndEndsWith0(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		running, url, stderr := process(t, "serve", "--listen", "127.0.0.1:0", "--deadline", "20s")
		end, status := halfACall(t, url)
		signalTo(t, running, s)
		until(t, "the end of its listening", func() bool { return strings.Contains(stderr.String(), `"msg":"stopping"`) })
		end()
		if got := <-status; got != http.StatusOK {
			t.Errorf("%s: the call that ran: %d", s, got)
		}
		if err := running.Wait(); err != nil {
			t.Errorf("%s: %v\n%s", s, err, stderr)
		}
	}
}

func TestASecondSignalEndsItAtOnce(t *testing.T) {
	running, url, stderr := process(t, "serve", "--listen", "127.0.0.1:0", "--deadline", "20s")
	end, _ := halfACall(t, url)
	defer end()
	signalTo(t, running, syscall.SIGTERM)
	until(t, "the end of its listening", func() bool { return strings.Contains(stderr.String(), `"msg":"stopping"`) })
	began := time.Now()
	signalTo(t, running, syscall.SIGTERM)
	if err := running.Wait(); err == nil || time.Since(began) > drainTimeout/2 {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}

func TestSIGHUPEndsNothing(t *testing.T) {
	in := newFolder(t)
	running, url, stderr := process(t, "serve", "--config", in.write("rygkort.yaml", "listen: 127.0.0.1:0\nlanguage: da\n"))
	end, status := halfACall(t, url)
	in.write("rygkort.yaml", "listen: 127.0.0.1:0\nlanguage: en\n")
	signalTo(t, running, syscall.SIGHUP)
	until(t, "the new configuration", func() bool { return strings.Contains(stderr.String(), "configuration read anew") })
	end()
	if got := <-status; got != http.StatusOK {
		t.Errorf("the call that ran: %d", got)
	}
	if answer := mustPost(t, http.DefaultClient, url+service, "", request(caudaEquina)); answer.header.Get("Content-Language") != "en" {
		t.Errorf("%+v", answer)
	}
	signalTo(t, running, syscall.SIGTERM)
	if err := running.Wait(); err != nil {
		t.Errorf("%v\n%s", err, stderr)
	}
}
