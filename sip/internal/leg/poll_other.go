//go:build !linux

package leg

import "net"

// poller reads many ports from one goroutine, which takes Linux.
type poller struct{}

// port gives the port a goroutine of its own.
func (p *poller) port(conn *net.UDPConn) port { return ownPort{conn} }
