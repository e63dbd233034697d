// Package signaling is the engine that people talk to: WebSocket sessions,
// presence and the state of running meetings.
package signaling
