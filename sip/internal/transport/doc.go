// Package transport is SIP's sockets: admission, limits and arrival order.
package transport
