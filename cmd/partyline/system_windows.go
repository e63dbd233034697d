package main

import "golang.org/x/sys/windows"

// Why an address cannot be listened on, in this system's words: Winsock has its
// own numbers, which the like-named constants of package syscall are not.
const (
	errAddressInUse  = windows.WSAEADDRINUSE
	errNotPermitted  = windows.WSAEACCES
	errNoSuchAddress = windows.WSAEADDRNOTAVAIL
)

// freeSpace is how many bytes we may still write below dir.
func freeSpace(dir string) (uint64, error) {
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, err
	}
	var free uint64
	err = windows.GetDiskFreeSpaceEx(path, &free, nil, nil)
	return free, err
}
