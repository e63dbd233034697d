// Package auth knows who works here: accounts and their passwords, sessions,
// the link that sets the first admin up and the links by which people choose
// their first password. [Accounts] applies the rules; [Store] is what it needs
// of a database.
package auth
