// Package browser drives real Chromium pages for the end-to-end tests and the
// load test: each with a WAV file as its microphone, and with a recorder that
// keeps what the page's remote tracks play, stamped by the wall clock.
package browser
