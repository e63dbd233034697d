package sfu

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// pionLog lets Pion log to ours. What Pion calls an error is as a rule a
// browser that went away, so nothing of it is above debug.
type pionLog struct {
	log   *slog.Logger
	scope string
}

// NewLogger makes it a logging.LoggerFactory.
func (p *pionLog) NewLogger(scope string) logging.LeveledLogger {
	return &pionLog{log: p.log, scope: scope}
}

func (p *pionLog) write(format string, args ...any) {
	if p.log.Enabled(context.Background(), slog.LevelDebug) {
		p.log.Debug("pion", "scope", p.scope, "message", fmt.Sprintf(format, args...))
	}
}

// The rest makes it a logging.LeveledLogger.

func (p *pionLog) Trace(string)          {}
func (p *pionLog) Tracef(string, ...any) {}
func (p *pionLog) Debug(string)          {}
func (p *pionLog) Debugf(string, ...any) {}
func (p *pionLog) Info(string)           {}
func (p *pionLog) Infof(string, ...any)  {}

func (p *pionLog) Warn(m string)                     { p.write("%s", m) }
func (p *pionLog) Warnf(format string, args ...any)  { p.write(format, args...) }
func (p *pionLog) Error(m string)                    { p.write("%s", m) }
func (p *pionLog) Errorf(format string, args ...any) { p.write(format, args...) }
