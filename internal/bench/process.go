package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the step in which /proc counts CPU time: USER_HZ is 100 on Linux.
const tick = 10 * time.Millisecond

// cpuOf is the CPU time that a process has used, from /proc/PID/stat.
func cpuOf(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	return parseStat(string(text))
}

// parseStat returns utime and stime, fields 14 and 15. The name of the process
// is the second and may hold anything, also spaces and parentheses, so that
// fields are counted from the last parenthesis on.
func parseStat(text string) (time.Duration, error) {
	const utime, afterName = 14, 3
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if !strings.Contains(text, ")") || len(fields) <= utime+1-afterName {
		return 0, fmt.Errorf("no line of /proc/PID/stat: %q", text)
	}
	var ticks int64
	for _, field := range fields[utime-afterName : utime-afterName+2] {
		count, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("/proc/PID/stat: %w", err)
		}
		ticks += count
	}
	return time.Duration(ticks) * tick, nil
}

// memory is what a process holds of it, in bytes: now, and at most ever.
type memory struct{ now, peak int64 }

// memoryOf is from /proc/PID/status.
func memoryOf(pid int) (memory, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return memory{}, err
	}
	return parseStatus(string(text))
}

func parseStatus(text string) (memory, error) {
	var m memory
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		var kB int64
		switch name {
		case "VmRSS", "VmHWM":
			if _, err := fmt.Sscanf(value, "%d kB", &kB); err != nil {
				return memory{}, fmt.Errorf("/proc/PID/status: %s: %w", name, err)
			}
		}
		switch name {
		case "VmRSS":
			m.now = kB << 10
		case "VmHWM":
			m.peak = kB << 10
		}
	}
	if m.now == 0 || m.peak == 0 {
		return memory{}, fmt.Errorf("/proc/PID/status: no VmRSS or no VmHWM")
	}
	return m, nil
}

// processor is the model of the CPU, where Linux knows one.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown CPU"
	}
	for line := range strings.Lines(string(text)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown CPU"
}

// busyness is the load average of the last minute: how busy neighbours are.
func busyness() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	minute, _, _ := strings.Cut(string(text), " ")
	return minute
}
