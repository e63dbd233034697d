// Package sip is the gateway between telephone calls and meetings.
package sip
