package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"rygkort/cards"
	"rygkort/fhir"
	"rygkort/hooks"
	"rygkort/internal/demo"
	"rygkort/pathway"
)

// asServer is the hidden argument that makes this program one of the servers.
const asServer = "as-server"

// kind is which of them.
type kind string

const (
	whole    kind = "service"
	baseline kind = "baseline"
)

// What a server is told, one line each. It answers each with a line.
const (
	mallocs   = "mallocs"    // how many allocations there were so far
	profileTo = "profile-to" // and the file of a CPU profile from now on
)

// garbage is what rygkort serve sets for the garbage collector.
const garbage = 400

// serve answers calls on a port of its own, which is the first line that it
// says, and does as it is told until there is nobody to tell it anything. What
// the baseline answers, and the keys of a service that asks for tokens, are the
// first line that it is told.
func serve(k kind, told io.Reader, says io.Writer) (failure error) {
	lines := bufio.NewScanner(told)
	lines.Buffer(nil, 1<<20)
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	debug.SetGCPercent(garbage) // of both: as rygkort serve sets it
	var handler http.Handler
	settle := func() {}
	if k == baseline {
		lines.Scan()
		handler = fixedAnswer(bytes.Clone(lines.Bytes()))
	} else {
		var keySet []byte
		if k.asks() {
			lines.Scan()
			keySet = bytes.Clone(lines.Bytes())
		}
		config, err := wholeService("http://" + listener.Addr().String())
		if err != nil {
			return err
		}
		var end func() error
		if settle, end, err = k.equip(&config, keySet); err != nil {
			return err
		}
		defer func() { failure = errors.Join(failure, end()) }()
		handler = hooks.New(config).Handler()
	}
	server := &http.Server{
		Handler: handler,
		// Those of rygkort serve, since they set timers for each call, but for the
		// last: callers wait here for their turn.
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second, MaxHeaderBytes: 32 << 10,
		IdleTimeout: time.Hour,
	}
	defer server.Close()
	go func() { _ = server.Serve(listener) }()
	fmt.Fprintln(says, listener.Addr())

	for lines.Scan() {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case mallocs:
			settle() // what a call leaves to be done is its cost too
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			fmt.Fprintln(says, m.Mallocs)
		case profileTo:
			file, err := os.Create(rest)
			if err != nil {
				return err
			}
			defer file.Close()
			if err := pprof.StartCPUProfile(file); err != nil {
				return err
			}
			defer pprof.StopCPUProfile() // when all was told
			fmt.Fprintln(says)
		}
	}
	return lines.Err()
}

// wholeService is what rygkort serve answers with, its log included.
func wholeService(public string) (config hooks.Config, err error) {
	location, err := time.LoadLocation(zone)
	if err != nil {
		return config, err
	}
	ahead := time.Until(today)
	clock := func() time.Time { return time.Now().Add(ahead).In(location) }
	terminology, err := fhir.NewTerminology(fhir.DefaultCanonical)
	if err != nil {
		return config, err
	}
	patients, err := demo.New(clock)
	if err != nil {
		return config, err
	}
	log, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0) // not io.Discard: a line costs a system call
	if err != nil {
		return config, err
	}
	return hooks.Config{
		Reader:     fhir.NewReader(terminology, fhir.NewFetcher(fhir.Limits{}, nil, clock)),
		Renderer:   cards.New(cards.Settings{Canonical: fhir.DefaultCanonical, PublicURL: public, NewUUID: uuid.NewString}),
		Parameters: pathway.DefaultParameters(),
		PublicURL:  public,
		Language:   cards.Danish,
		Clock:      clock,
		Logger:     slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelInfo})),
		Servers:    hooks.LoopbackServers{},
		Demo:       patients,
	}, nil
}

// fixedAnswer is the least that a handler can do: read the body, into room of
// its size, and write a card that was there before.
func fixedAnswer(card []byte) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.POST("/cds-services/:id", func(c *gin.Context) {
		var body bytes.Buffer
		body.Grow(int(max(c.Request.ContentLength, 0)) + bytes.MinRead)
		if _, err := body.ReadFrom(c.Request.Body); err != nil {
			c.Status(http.StatusBadRequest)
			return
		}
		c.Data(http.StatusOK, "application/json", card)
	})
	return engine
}
