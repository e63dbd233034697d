// Package seal keeps secrets shut at rest: it makes and reads the files that
// keys are in, and seals small secrets, such as a carrier's password, for the
// database. Whoever has the disk or a backup of it without the key file has
// nothing.
package seal
