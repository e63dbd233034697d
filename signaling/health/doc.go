// Package health is how calls fare, now and afterwards, as admins and everybody
// concerned may see it: numbers masked by role, and with a line for whoever is
// looked up.
//
// [Desk] applies the rules over what the store keeps ([Legs], [Sums], [Joins],
// [Trunks], [Subnets], [Ratings]) and over the legs that live ([Live]). It shows
// quality and cost, never content: nothing here knows of sound, recordings or
// chat. The package starts no goroutines.
package health
