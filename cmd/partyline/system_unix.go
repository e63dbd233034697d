//go:build unix

package main

import "golang.org/x/sys/unix"

// Why an address cannot be listened on, in this system's words.
const (
	errAddressInUse  = unix.EADDRINUSE
	errNotPermitted  = unix.EACCES
	errNoSuchAddress = unix.EADDRNOTAVAIL
)

// freeSpace is how many bytes we may still write below dir.
func freeSpace(dir string) (uint64, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		return 0, err
	}
	return stat.Bavail * uint64(stat.Bsize), nil
}
