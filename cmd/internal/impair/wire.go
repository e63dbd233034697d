package impair

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// Wire passes TCP connections to one server until it is cut, which breaks
// every one of them without a word, as a network that goes away does.
type Wire struct {
	listener net.Listener
	server   string

	mu    sync.Mutex // guards what follows
	cut   bool
	conns map[net.Conn]bool
	work  sync.WaitGroup
}

// Lay opens a wire on a loopback port of its own in front of server.
func Lay(server string) (*Wire, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("impair: %w", err)
	}
	w := &Wire{listener: listener, server: server, conns: map[net.Conn]bool{}}
	w.work.Go(w.accept)
	return w, nil
}

// Address is where clients connect to.
func (w *Wire) Address() string { return w.listener.Addr().String() }

// Cut breaks every connection and refuses new ones, until it is called with
// false.
func (w *Wire) Cut(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	if cut {
		for conn := range w.conns {
			_ = conn.Close()
		}
	}
}

// Close ends the wire and waits for its goroutines.
func (w *Wire) Close() error {
	w.Cut(true)
	err := w.listener.Close()
	w.work.Wait()
	return err
}

func (w *Wire) accept() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		if !w.keep(client) {
			_ = client.Close()
			continue
		}
		w.work.Go(func() { w.join(client) })
	}
}

// keep remembers a connection so that Cut finds it.
func (w *Wire) keep(conn net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		return false
	}
	w.conns[conn] = true
	return true
}

// join carries bytes both ways until either side ends.
func (w *Wire) join(client net.Conn) {
	defer w.drop(client)
	server, err := (&net.Dialer{}).DialContext(context.Background(), "tcp4", w.server)
	if err != nil {
		return
	}
	defer w.drop(server)
	if !w.keep(server) {
		return
	}
	var both sync.WaitGroup
	carry := func(to, from net.Conn) {
		_, err := io.Copy(to, from)
		if err != nil && !errors.Is(err, net.ErrClosed) {
			_ = to.Close()
		}
		_ = to.(*net.TCPConn).CloseWrite()
	}
	both.Go(func() { carry(server, client) })
	both.Go(func() { carry(client, server) })
	both.Wait()
}

func (w *Wire) drop(conn net.Conn) {
	_ = conn.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.conns, conn)
}
