package api_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"partyline/metrics/quality"
	"partyline/sip/evidence"
)

// content is what people said and wrote, and what a meeting is about: none of
// it may be in anything that an admin gets who is not invited.
var content = []string{voice, "OggS", "SOUND-OF-A-VOICE", "Layoffs", "whom we let go", "we had better not", "+8613900139777", "13900139777"}

// TestAdminsSeeNoContent walks every operation that admins alone may use, with
// whatever ids there are, and takes apart what comes back, files included.
func TestAdminsSeeNoContent(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		secret := bob.meeting("Layoffs")
		bob.call("PATCH", "/meetings/"+secret.ID, m{"name": "Layoffs: whom we let go"}).want(200)
		bob.call("POST", "/todos", m{"text": "we had better not", "meeting": secret.ID}).want(201)
		w.recorded("rec-1", secret.ID, bob.me().ID)
		w.captured(secret.ID, bob.me().ID)
		w.feed.Close() // or else streams of events would not end

		admins, files := 0, 0
		for path, item := range w.describe().Paths {
			for method, op := range operationsOf(item) {
				forbidden := op.Responses["403"]
				if len(op.Security) == 0 || forbidden == nil || !strings.Contains(forbidden.Description, "`not-allowed`") {
					continue
				}
				admins++
				for _, id := range []string{"leg-1", "rec-1", secret.ID} {
					real := strings.NewReplacer("{id}", id, "{number}", secret.Number, "{name}", "carrier-a", "{version}", "0001").Replace(path)
					for _, query := range queries(path) {
						a := ann.call(method, real+query, nil)
						for name, text := range w.opened(a) {
							files++
							for _, said := range content {
								if bytes.Contains(text, []byte(said)) {
									t.Errorf("%s: %s has %q", a.what, name, said)
								}
							}
						}
						if kind := a.header.Get("Content-Type"); strings.HasPrefix(kind, "audio/") || strings.HasPrefix(kind, "video/") {
							t.Errorf("%s gives %s", a.what, kind)
						}
					}
				}
			}
		}
		if admins < 60 || files < 200 {
			t.Errorf("%d operations and %d answers: the walk is broken", admins, files)
		}
		for _, as := range []string{"zip", "pcapng", "html"} {
			a := ann.call("GET", "/quality/legs/leg-1/evidence?as="+as, nil).want(200)
			if got := w.opened(a); len(got) == 0 {
				t.Errorf("%s was not opened", as)
			}
		}
	})
}

// queries are ways to ask for more than an operation gives by itself.
func queries(path string) []string {
	const within = "?from=2026-11-22T00:00:00Z&to=2026-11-24T00:00:00Z"
	switch {
	case strings.HasSuffix(path, "/evidence"):
		return []string{"", "?as=pcapng", "?as=html"}
	case strings.HasPrefix(path, "/quality/"):
		return []string{"", within, within + "&q=Layoffs", within + "&q=SOUND", within + "&by=meeting", "?points=10"}
	}
	return []string{""}
}

// captured keeps a call into a meeting with all that is ever kept of one; the
// tape was given the sound itself.
func (w *world) captured(meeting, person string) {
	w.t.Helper()
	tape := evidence.NewTape(64 << 10)
	peer := netip.MustParseAddrPort("192.0.2.9:4000")
	for i := range 500 {
		packet := binary.BigEndian.AppendUint16([]byte{0x80, 8}, uint16(i))
		packet = binary.BigEndian.AppendUint32(packet, uint32(160*i))
		packet = append(binary.BigEndian.AppendUint32(packet, 7), bytes.Repeat([]byte("SOUND-OF-A-VOICE"), 10)...)
		tape.RTP(morning.Add(time.Duration(i)*20*time.Millisecond), i%2 == 0, peer, packet)
	}
	invite := evidence.Message{
		At: morning, Network: "udp", Local: netip.MustParseAddrPort("192.0.2.1:5060"), Peer: peer,
		Data: evidence.Mask([]byte("INVITE sip:+8613900139777@carrier.example SIP/2.0\r\nTo: <sip:+8613900139777@carrier.example>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"), evidence.Everything),
	}
	leg := quality.Leg{
		ID: "leg-1", Meeting: meeting, Room: meeting, Kind: quality.Phone, Person: person, Name: "Bob", Number: "+8613900139777", Codec: "PCMA",
		Trunk: "carrier-a", Began: morning, Ended: morning.Add(time.Minute),
	}
	var all []quality.Sample
	for i := range 12 {
		d := quality.Stream{Packets: 250, Loss: 0.2, Level: -30}
		all = append(all, quality.Sample{At: morning.Add(time.Duration(i+1) * 5 * time.Second), Span: 5 * time.Second, Said: d, Heard: d})
	}
	err := w.store.Keep(w.t.Context(), quality.Batch{
		Legs:   []quality.Record{{Leg: leg, Summary: quality.Summarize(all, quality.CodecOf("PCMA"))}},
		Chunks: []quality.Chunk{quality.NewChunk("leg-1", all)},
		Calls: []quality.Call{{
			Leg: "leg-1", Ladder: []quality.Message{invite.Rung()},
			Capture: evidence.Pack([]evidence.Message{invite}, 0, evidence.Leg{Local: netip.MustParseAddrPort("192.0.2.1:4000"), Tape: tape}),
		}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// opened is an answer, and each file within it, by name.
func (w *world) opened(a *answer) map[string][]byte {
	w.t.Helper()
	files := map[string][]byte{"the answer": a.body}
	if a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), "application/zip") {
		return files
	}
	archive, err := zip.NewReader(bytes.NewReader(a.body), int64(len(a.body)))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			w.t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			w.t.Fatal(err)
		}
		r.Close()
	}
	return files
}
