package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"
)

// How much room the data directory should have.
const (
	diskScarce = 1 << 30   // bytes: consider more
	diskFull   = 100 << 20 // bytes: writes will fail soon
)

// examineDataDir tries to write where the server will.
func examineDataDir(_ context.Context, cfg Config) []finding {
	dir := cfg.DataDir
	_, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) { // the server will make it: try its parent
		dir = existingParent(dir)
	}
	probe, err := os.CreateTemp(dir, ".partyline-doctor-")
	if err != nil {
		return []finding{{
			bad, "data directory", fmt.Sprintf("%s cannot be written to: %v", cfg.DataDir, plain(err)),
			"give the user that runs Partyline the right to write there, or set data_dir to another directory",
		}}
	}
	name := probe.Name()
	if err := errors.Join(probe.Close(), os.Remove(name)); err != nil {
		return []finding{{bad, "data directory", plain(err).Error(), "look at the file system below " + cfg.DataDir}}
	}
	return []finding{{fine, "data directory", cfg.DataDir, ""}}
}

// existingParent is the nearest directory above that is there.
func existingParent(dir string) string {
	dir = filepath.Clean(dir)
	for {
		if _, err := os.Stat(dir); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return dir
		}
		dir = parent
	}
}

// plain leaves the path of our own probe out of an error.
func plain(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// examineDisk looks at the room left where data is kept.
func examineDisk(_ context.Context, cfg Config) []finding {
	free, err := freeSpace(existingParent(cfg.DataDir))
	if err != nil {
		return []finding{{doubtful, "disk space", "cannot be told: " + err.Error(), "see for yourself that there is room below " + cfg.DataDir}}
	}
	return []finding{gradeDisk(free)}
}

func gradeDisk(free uint64) finding {
	found := fmt.Sprintf("%.1f GB free", float64(free)/(1<<30))
	switch {
	case free < diskFull:
		return finding{bad, "disk space", found, "make room now: nothing can be saved soon"}
	case free < diskScarce:
		return finding{doubtful, "disk space", found, "make room: 1 GB is a comfortable minimum"}
	default:
		return finding{fine, "disk space", found, ""}
	}
}

// built is older than any clock that is right: the last change of this check.
var built = time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)

// examineClock looks at the clock and at whether something keeps it right.
func examineClock(_ context.Context, _ Config) []finding {
	known, kept := clockIsKept()
	return []finding{gradeClock(time.Now(), known, kept)}
}

func gradeClock(now time.Time, known, kept bool) finding {
	found := now.UTC().Format("2006-01-02 15:04:05 UTC")
	switch {
	case now.Before(built):
		return finding{bad, "clock", found + ", which is in the past", "set the clock and let NTP keep it (timedatectl set-ntp true): certificates, sign-ins and records depend on it"}
	case known && !kept:
		return finding{doubtful, "clock", found + ", kept by nobody", "let NTP keep it (timedatectl set-ntp true), unless the host of this container does"}
	default:
		return finding{fine, "clock", found, ""}
	}
}

// examinePorts tries every port that the server will listen on.
func examinePorts(ctx context.Context, cfg Config) []finding {
	running := askHealth(ctx, cfg) == nil
	var findings []finding
	for _, port := range []struct{ network, address, setting, purpose string }{
		{"tcp", cfg.HTTP.Listen, "http.listen", "web pages"},
		{"udp", cfg.Media.UDP, "media.udp", "browsers' audio"},
		{"tcp", cfg.Media.TCP, "media.tcp", "browsers' audio without UDP"},
		{"udp", cfg.SIP.UDP, "sip.udp", "calls"},
		{"tcp", cfg.SIP.TCP, "sip.tcp", "calls"},
	} {
		what := port.network + " " + port.address
		if port.address == "" {
			findings = append(findings, finding{fine, port.setting, "off", ""})
			continue
		}
		findings = append(findings, gradePort(what, port.setting, port.purpose, tryPort(ctx, port.network, port.address), running))
	}
	return append(findings, examineRTP(ctx, cfg, running))
}

// gradePort judges what came of binding a port. A port in use is right when
// the server itself runs.
func gradePort(what, setting, purpose string, err error, running bool) finding {
	switch {
	case err == nil:
		return finding{fine, what, "free, for " + purpose, ""}
	case errors.Is(err, errAddressInUse) && running:
		return finding{fine, what, "in use, presumably by the Partyline that runs here", ""}
	case errors.Is(err, errAddressInUse):
		return finding{bad, what, "another program uses it", fmt.Sprintf("stop that program (`ss -lnp` names it), or set %s to another port for %s", setting, purpose)}
	case errors.Is(err, errNotPermitted):
		return finding{bad, what, "not permitted", fmt.Sprintf("ports below 1024 need a privilege (setcap cap_net_bind_service=+ep partyline), or set %s to a higher one", setting)}
	case errors.Is(err, errNoSuchAddress):
		return finding{bad, what, "no such address on this machine", fmt.Sprintf("set %s to an address that `ip addr` shows, or to none (\":port\")", setting)}
	default:
		return finding{bad, what, err.Error(), "mend " + setting}
	}
}

func tryPort(ctx context.Context, network, address string) error {
	var listen net.ListenConfig
	if network == "udp" {
		conn, err := listen.ListenPacket(ctx, network, address)
		if err != nil {
			return err
		}
		return conn.Close()
	}
	listener, err := listen.Listen(ctx, network, address)
	if err != nil {
		return err
	}
	return listener.Close()
}

// examineRTP tries some ports of the range for phones: first, middle and last.
func examineRTP(ctx context.Context, cfg Config, running bool) finding {
	ports := cfg.SIP.Ports
	taken := 0
	for _, port := range []uint16{ports.First, ports.First + (ports.Last-ports.First)/2, ports.Last} {
		if err := tryPort(ctx, "udp", fmt.Sprintf(":%d", port)); err != nil {
			taken++
		}
	}
	what := "udp " + ports.String()
	calls := (int(ports.Last) - int(ports.First) + 1) / 2
	switch {
	case taken == 0:
		return finding{fine, what, fmt.Sprintf("free, for %d calls at once", calls), ""}
	case running:
		return finding{fine, what, "partly in use, presumably by running calls", ""}
	default:
		return finding{doubtful, what, "partly in use", "set sip.rtp_ports to a range that no other program uses"}
	}
}
