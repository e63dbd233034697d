package main

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestOwnCertificateIsMadeOnceAndRenewed(t *testing.T) {
	dir := t.TempDir()
	certificate, key := filepath.Join(dir, "data", "c.pem"), filepath.Join(dir, "data", "k.pem")
	now := time.Now()
	serial := func(names []string, at time.Time) string {
		t.Helper()
		if err := ensureOwnCertificate(certificate, key, names, at); err != nil {
			t.Fatal(err)
		}
		pair, err := tls.LoadX509KeyPair(certificate, key)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if err := pair.Leaf.VerifyHostname(name); err != nil {
				t.Error(err)
			}
		}
		return pair.Leaf.SerialNumber.String()
	}
	first := serial([]string{"localhost", "192.0.2.1"}, now)
	if second := serial([]string{"localhost"}, now.Add(100*24*time.Hour)); second != first {
		t.Error("made anew although it was good")
	}
	renamed := serial([]string{"localhost", "meet.example.com"}, now)
	if renamed == first {
		t.Error("not made anew for another name")
	}
	if late := serial([]string{"localhost"}, now.Add(340*24*time.Hour)); late == renamed {
		t.Error("not renewed before its end")
	}
	stat, err := os.Stat(key)
	if err != nil || stat.Mode().Perm() != 0o600 {
		t.Errorf("the key is readable by others: %v, %v", stat.Mode(), err)
	}
}

func TestChangedCertificateIsServed(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	pair := &certificatePair{certificate: filepath.Join(dir, "c.pem"), key: filepath.Join(dir, "k.pem"), now: func() time.Time { return now }}
	make := func(age time.Duration) {
		t.Helper()
		if err := makeCertificate(pair.certificate, pair.key, []string{"localhost"}, now); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(pair.certificate, time.Time{}, now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	served := func() []byte {
		t.Helper()
		c, err := pair.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return c.Certificate[0]
	}
	make(2 * time.Hour)
	first := served()
	make(time.Hour)
	if !slices.Equal(served(), first) {
		t.Error("the disk is looked at on every connection")
	}
	now = now.Add(2 * time.Minute)
	second := served()
	if slices.Equal(second, first) {
		t.Error("the renewed certificate is not served")
	}
	writeFile(t, pair.certificate, "broken")
	now = now.Add(2 * time.Minute)
	if !slices.Equal(served(), second) {
		t.Error("a broken file took the good certificate away")
	}
}
