package browser

import (
	"context"
	_ "embed"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

//go:embed record.js
var recordScript string

// Options says how one Chromium is started. The zero value is a browser with
// Chromium's own beeping microphone and an English page.
type Options struct {
	Microphone string // WAV file that is spoken in a loop; 48 kHz mono 16-bit works best
	Language   string // navigator.language, such as "zh-CN"; default "en"
	MediaPort  int    // when set, the page sends its UDP media here instead of where the answer says
	Width      int    // of the window in pixels; default 1280
	Dark       bool   // prefers-color-scheme: dark
	Log        func(format string, args ...any)
}

// Page is one Chromium with one page. Its methods are for one goroutine.
type Page struct {
	ctx    context.Context
	cancel []context.CancelFunc

	mu       sync.Mutex // guards problems
	problems []string
}

// Open starts a Chromium. Close ends it and everything it started.
func Open(ctx context.Context, o Options) (*Page, error) {
	profile, err := os.MkdirTemp("", "partyline-chromium-")
	if err != nil {
		return nil, fmt.Errorf("chromium profile: %w", err)
	}
	p := &Page{cancel: []context.CancelFunc{func() { _ = os.RemoveAll(profile) }}}
	alloc, stop := chromedp.NewExecAllocator(ctx, flags(o, profile)...)
	p.cancel = append(p.cancel, stop)
	tab, closeTab := chromedp.NewContext(alloc, chromedp.WithListener(p.watch(o.Log)))
	p.cancel = append(p.cancel, closeTab)
	p.ctx = tab
	prelude := recordScript
	if o.MediaPort != 0 {
		prelude = fmt.Sprintf("window.__partylineMediaPort = %d;\n", o.MediaPort) + prelude
	}
	err = chromedp.Do(tab, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: prelude})
		return err
	}))
	if err != nil {
		p.Close()
		return nil, fmt.Errorf("start chromium: %w", err)
	}
	return p, nil
}

// flags are what a test browser needs: a fake microphone without a question,
// media on loopback, sound without a click, and no traffic of its own.
func flags(o Options, profile string) []chromedp.ExecAllocatorOption {
	language, width := o.Language, o.Width
	if language == "" {
		language = "en"
	}
	if width == 0 {
		width = 1280
	}
	list := []chromedp.ExecAllocatorOption{
		chromedp.UserDataDir(profile),
		chromedp.NoSandbox, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("headless", "new"),
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("disable-background-timer-throttling", true),
		chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("use-fake-ui-for-media-stream", true),
		chromedp.Flag("use-fake-device-for-media-stream", true),
		chromedp.Flag("allow-loopback-in-peer-connection", true),
		chromedp.Flag("disable-features", "WebRtcHideLocalIpsWithMdns"),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
		chromedp.Flag("lang", language),
		chromedp.Flag("accept-lang", language),
		chromedp.WindowSize(width, 900),
		chromedp.Env("LANGUAGE=" + strings.ReplaceAll(language, "-", "_")),
	}
	if o.Dark {
		list = append(list, chromedp.Flag("force-dark-mode", true), chromedp.Flag("blink-settings", "preferredColorScheme=0"))
	}
	if o.Microphone != "" {
		list = append(list, chromedp.Flag("use-file-for-fake-audio-capture", o.Microphone))
	}
	return list
}

// watch keeps the page's own complaints: they explain most failures.
func (p *Page) watch(log func(string, ...any)) func(any) {
	return func(event any) {
		var text string
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			text = "exception: " + describe(e.ExceptionDetails)
		case *runtime.EventConsoleAPICalled:
			if e.Type != runtime.ConsoleAPICalledTypeError && e.Type != runtime.ConsoleAPICalledTypeWarning {
				return
			}
			for _, a := range e.Args {
				text += " " + string(a.Value) + a.Description
			}
			text = "console:" + text
		default:
			return
		}
		p.mu.Lock()
		p.problems = append(p.problems, text)
		p.mu.Unlock()
		if log != nil {
			log("%s", text)
		}
	}
}

func describe(d *runtime.ExceptionDetails) string {
	if d.Exception != nil && d.Exception.Description != "" {
		return d.Exception.Description
	}
	return d.Text
}

// Problems lists exceptions and console errors since the page was opened.
func (p *Page) Problems() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.problems...)
}

// Run performs chromedp actions with a deadline.
func (p *Page) Run(timeout time.Duration, actions ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(p.ctx, timeout)
	defer cancel()
	return chromedp.Do(ctx, actions...)
}

// Eval runs script in the page, awaits its promise and decodes the result.
func (p *Page) Eval(script string, into any) error {
	ctx, cancel := context.WithTimeout(p.ctx, 20*time.Second)
	defer cancel()
	raw, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte](script, chromedp.EvalAwaitPromise))
	if err != nil || into == nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

// WaitFor polls a JavaScript condition until it is true.
func (p *Page) WaitFor(timeout time.Duration, condition string) error {
	deadline := time.Now().Add(timeout)
	for {
		var ok bool
		err := p.Eval("!!("+condition+")", &ok)
		if err == nil && ok {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("page never showed %s (%w)", condition, context.DeadlineExceeded)
		}
		select {
		case <-p.ctx.Done():
			return p.ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Sound is mono 16 kHz PCM and the wall-clock time of its first sample.
type Sound struct {
	Start   time.Time
	Samples []int16
}

// Heard takes what the page's remote tracks played since the last call.
func (p *Page) Heard() (Sound, error) { return p.take("heard") }

// Spoken takes what the page's microphone picked up since the last call.
func (p *Page) Spoken() (Sound, error) { return p.take("spoken") }

func (p *Page) take(tap string) (Sound, error) {
	var kept struct {
		StartedAt float64 `json:"startedAt"`
		PCM       string  `json:"pcm"`
	}
	if err := p.Eval(fmt.Sprintf("window.__partylineTake(%q)", tap), &kept); err != nil {
		return Sound{}, fmt.Errorf("take %s: %w", tap, err)
	}
	raw, err := base64.StdEncoding.DecodeString(kept.PCM)
	if err != nil {
		return Sound{}, fmt.Errorf("take %s: %w", tap, err)
	}
	samples := make([]int16, len(raw)/2)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	return Sound{Start: time.UnixMicro(int64(kept.StartedAt * 1000)), Samples: samples}, nil
}

// Stats sums getStats() over the page's inbound audio, and tells of its transport.
type Stats struct {
	Received        float64 `json:"received"` // samples
	Concealed       float64 `json:"concealed"`
	SilentConcealed float64 `json:"silentConcealed"`
	Packets         float64 `json:"packets"`
	Lost            float64 `json:"lost"`
	Emitted         float64 `json:"emitted"`
	Delay           float64 `json:"delay"` // seconds × samples

	Cipher   string `json:"srtpCipher"` // of the last transport, such as "AEAD_AES_256_GCM"
	Role     string `json:"dtlsRole"`   // of the page: "client" or "server"
	Protocol string `json:"protocol"`   // "udp" or "tcp"
}

// Stats reads the page's WebRTC statistics.
func (p *Page) Stats() (Stats, error) {
	var s Stats
	return s, p.Eval("window.__partylineStats()", &s)
}

// Screenshot writes a PNG of the whole page.
func (p *Page) Screenshot(path string) error {
	ctx, cancel := context.WithTimeout(p.ctx, 20*time.Second)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		return fmt.Errorf("screenshot: %w", err)
	}
	return os.WriteFile(path, png, 0o600)
}

// Close ends the browser.
func (p *Page) Close() {
	for i := len(p.cancel) - 1; i >= 0; i-- {
		p.cancel[i]()
	}
}
