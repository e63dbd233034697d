package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"partyline/metrics"
	"partyline/sfu"
	"partyline/sfu/prompts"
	"partyline/signaling"
	"partyline/signaling/alert"
	"partyline/signaling/api"
	"partyline/signaling/auth"
	"partyline/signaling/invite"
	"partyline/signaling/meeting"
	"partyline/signaling/recording"
	"partyline/signaling/store"
	"partyline/signaling/web"
	"partyline/sip"
)

type serveCommand struct {
	Demo     bool `help:"Call over a simulated telephone company, with prices and a budget, and fill an empty data directory as --demo-data does."`
	DemoData bool `help:"Fill an empty data directory with people and meetings to try things with."`
}

// Run serves until a signal comes.
func (c serveCommand) Run(t *terminal) error {
	cfg, err := t.config()
	if err != nil {
		return err
	}
	cfg.DemoData = c.DemoData || c.Demo
	if !c.Demo {
		return serve(t.ctx, cfg, newLogger(t.err, cfg.Log), t.out)
	}
	company, err := openDemoCarrier(&cfg)
	if err != nil {
		return err
	}
	return errors.Join(serve(t.ctx, cfg, newLogger(t.err, cfg.Log), t.out), company.Close())
}

// serve is the whole program: build, say where to go, run, drain, close.
func serve(ctx context.Context, cfg Config, log *slog.Logger, out io.Writer) (err error) {
	collectSooner()
	h, err := build(ctx, cfg, log)
	defer func() { err = errors.Join(err, h.close()) }()
	if err != nil {
		return err
	}
	if err := h.welcome(ctx, out); err != nil {
		return err
	}
	h.ready.Store(true)
	select {
	case err := <-h.failed:
		return err
	case <-ctx.Done():
	}
	log.Info("stopping: no newcomers; waiting for calls to end", "at_most", time.Duration(cfg.Drain))
	return h.drain()
}

// collectSooner has the garbage collector leave half of Go's usual headroom:
// what a browser takes is small and lives long, so that this saves a third of
// its memory at no cost that could be measured. GOGC, if set, wins.
func collectSooner() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
}

// house is a running Partyline.
type house struct {
	cfg     Config
	log     *slog.Logger
	metrics *metrics.Metrics
	stories *stories
	lookout *lookout
	alerts  *alert.Service

	store     *store.Store
	accounts  *auth.Accounts
	book      *meeting.Book
	archive   *meeting.Archive
	vault     *recording.Vault // nil: nothing can be recorded
	office    office
	diary     diary
	soundings soundings
	hub       *sfu.Hub
	people    *signaling.Server
	phones    *sip.Gateway
	web       *http.Server

	ready  atomic.Bool
	failed chan error // why the web server gave up

	// closers end what was begun, the last first. The store is the first to
	// open and the last to close.
	closers []func() error
}

// build opens everything from the ground up. When a step fails, the house is
// returned with what stands, for close to take down.
func build(ctx context.Context, cfg Config, log *slog.Logger) (*house, error) {
	h := &house{cfg: cfg, log: log, metrics: metrics.New(version()), lookout: newLookout(cfg.DataDir), failed: make(chan error, 1)}
	for _, step := range []func(context.Context) error{h.openStories, h.openVault, h.openStore, h.watchOver, h.openOffice, h.openSoundings, h.openRooms, h.openPhones, h.openDiary, h.openWeb} {
		if err := step(ctx); err != nil {
			return h, err
		}
	}
	return h, nil
}

// openVault opens the place where recordings lie, encrypted.
func (h *house) openVault(context.Context) error {
	if !h.cfg.Recordings.Enabled {
		return nil
	}
	dir, keyFile := h.cfg.recordings()
	if err := os.MkdirAll(h.cfg.DataDir, 0o700); err != nil { // the first to need it
		return fmt.Errorf("data_dir: %w", err)
	}
	var err error
	if h.vault, err = recording.Open(dir, keyFile); err != nil {
		return fmt.Errorf("recordings: %w", err)
	}
	h.onClose(h.vault.Close)
	return nil
}

func (h *house) openStore(ctx context.Context) error {
	var err error
	if h.store, err = store.Open(ctx, h.cfg.database(), h.log); err != nil {
		return err
	}
	h.onClose(h.store.Close)
	h.accounts = auth.New(auth.DefaultConfig(), h.store, time.Now, h.log)
	h.book = meeting.NewBook(meeting.DefaultConfig(), h.store, time.Now)
	h.plan()
	h.archive = meeting.NewArchive(h.store, h.store, shelf(h.vault), time.Now)
	h.expireRecordings()
	return nil
}

// expireEvery is how often recordings are looked through for old ones.
const expireEvery = time.Hour

// expireRecordings deletes recordings when their time has come, until the house
// is closed.
func (h *house) expireRecordings() {
	if h.vault == nil || h.cfg.Recordings.Days == 0 {
		return
	}
	keep := h.cfg.Recordings.keep()
	h.runs(func(ctx context.Context) {
		ticker := time.NewTicker(expireEvery)
		defer ticker.Stop()
		for {
			removed, err := h.archive.Expire(ctx, keep)
			if err != nil && ctx.Err() == nil {
				h.log.Error("old recordings could not be deleted", "error", err)
			}
			if removed > 0 {
				h.log.Info("old recordings deleted", "recordings", removed)
			}
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return
			}
		}
	})
}

// openRooms starts the audio plane and the people's side of it. Each hears
// the other: the hub reports to ears, which speak to the server made next.
func (h *house) openRooms(context.Context) error {
	voice, err := prompts.Load(h.cfg.Media.Prompts)
	if err != nil {
		return fmt.Errorf("media.prompts: %w", err)
	}
	ears := &listener{}
	h.hub, err = sfu.New(h.cfg.hub(), voice, gaugedRooms{ears, h.soundings.gauges}, h.log.With("part", "sfu"))
	if err != nil {
		return taken("media.udp and media.tcp", err)
	}
	h.onClose(h.hub.Close)
	watchTraffic(h.metrics, h.hub)
	watchDisk(h.metrics, h.cfg.DataDir)
	sessions := h.cfg.sessions()
	sessions.DialOut.Queue = h.office.dialer
	h.people, err = signaling.New(sessions, h.book, rooms{h.hub}, &records{h.archive, h.accounts, h.vault}, h.office.dialer, gaugedSessions{sessionObserver{h.metrics.Sessions, h.soundings.scores}, h.soundings.gauges}, h.log.With("part", "signaling"))
	if err != nil {
		return err
	}
	ears.server = h.people
	h.connectRooms()
	return nil
}

func (h *house) openPhones(ctx context.Context) error {
	if h.cfg.SIP.UDP == "" && h.cfg.SIP.TCP == "" && h.cfg.SIP.TLS == "" {
		return nil
	}
	var err error
	h.phones, err = sip.New(h.cfg.gateway(), h.hub, &directory{h.book, h.accounts, h.people}, extensions{h.accounts}, gaugedCalls{callObserver{h.metrics, h.office.legs, h.stories, h.lookout}, h.soundings.gauges}, h.log.With("part", "sip"))
	if err != nil {
		return fmt.Errorf("sip: %w", err)
	}
	if err := h.connectPhones(ctx); err != nil {
		return err
	}
	h.takeReferrals()
	watchPhones(h.metrics, h.phones)
	h.lookout.phones = h.phones.Trunks
	if err := h.phones.Start(); err != nil {
		return taken("sip.udp and sip.tcp", err)
	}
	h.onClose(h.phones.Close)
	return nil
}

func (h *house) openWeb(context.Context) error {
	secure, err := tlsConfig(h.cfg, time.Now)
	if err != nil {
		return err
	}
	described := h.resources()
	described.Dialling = api.Dialling{Calls: h.people.Calls(), Feed: h.people.Feed()}
	resources, err := api.New(described, h.accounts, h.book, h.archive, live{h.people}, h.log.With("part", "api"))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", h.cfg.HTTP.Listen)
	if err != nil {
		return taken("http.listen", err)
	}
	pages, err := web.New()
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle(api.Prefix+"/", h.metrics.Requests.Count(resources))
	mux.Handle("GET /ws", h.people)
	mux.Handle("GET "+invite.FeedPath, h.diary.feeds)
	mux.Handle("GET /metrics", h.metrics.Handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", h.serveReady)
	mux.Handle("/", pages)
	h.web = &http.Server{
		Handler: mux, TLSConfig: secure,
		ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(h.log.With("part", "http").Handler(), slog.LevelDebug),
	}
	h.onClose(h.closeWeb)
	go func() {
		serve := func() error { return h.web.Serve(listener) }
		if secure != nil {
			serve = func() error { return h.web.ServeTLS(listener, "", "") }
		}
		h.failed <- serve()
	}()
	return nil
}

// serveReady tells a load balancer whether to send newcomers here.
func (h *house) serveReady(w http.ResponseWriter, r *http.Request) {
	if !h.ready.Load() {
		http.Error(w, "not taking newcomers", http.StatusServiceUnavailable)
		return
	}
	if err := h.store.Ping(r.Context()); err != nil {
		h.log.Warn("the database does not answer", "err", err)
		http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
}

// drain takes no newcomers and lets calls end by themselves for a while.
func (h *house) drain() error {
	h.ready.Store(false)
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(h.cfg.Drain))
	defer cancel()
	phones := make(chan struct{})
	go func() {
		defer close(phones)
		if h.phones != nil {
			_ = h.phones.Drain(ctx) // its error says that time was up; close ends the rest
		}
	}()
	err := h.people.Shutdown(ctx)
	<-phones
	return err
}

func (h *house) closeWeb() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := h.web.Shutdown(ctx); err != nil {
		return h.web.Close()
	}
	return nil
}

// runs has something go on until the house is closed.
func (h *house) runs(run func(context.Context)) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		run(ctx)
	}()
	h.onClose(func() error {
		stop()
		<-done
		return nil
	})
}

func (h *house) onClose(closer func() error) { h.closers = append(h.closers, closer) }

// close ends everything that build began.
func (h *house) close() error {
	var err error
	for _, closer := range slices.Backward(h.closers) {
		err = errors.Join(err, closer())
	}
	return err
}

// taken says what to do when an address cannot be listened on.
func taken(setting string, err error) error {
	switch {
	case errors.Is(err, errAddressInUse):
		return fmt.Errorf("%s: %w: stop the program that has the port (`partyline doctor` shows more), or choose another", setting, err)
	case errors.Is(err, errNotPermitted):
		return fmt.Errorf("%s: %w: ports below 1024 need CAP_NET_BIND_SERVICE; choose a higher one", setting, err)
	}
	return fmt.Errorf("%s: %w", setting, err)
}
