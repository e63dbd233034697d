// Package alert tells admins when something needs them: a trunk that is down,
// calls that are poor or fail more than the targets allow, a budget that is used
// up, somebody who guesses codes, a disk that fills.
//
// Each trouble is told once when it has lasted, and once when it has been over
// for a while; what comes and goes in between is not told again. How far it has
// come stands in a Book, so that neither a restart nor another node tells it
// again. It knows neither engines nor channels: facts come from a Watch, and a
// Teller has the ways to people.
//
//	goroutine    one per  owns                 ends when
//	Service.Run  Service  since when things are fine  its context does
package alert
