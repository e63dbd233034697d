// Package carrier is a simulated telephone company behind a real SIP socket:
// people who answer, are busy, let it ring, have voicemail or a fax machine,
// put the bridge on hold, hang up; networks that lose packets; refusals of
// every kind; people who dial in; and a registrar for trunks that register.
// Demos, tests and training need no other. Nothing here costs money.
package carrier
