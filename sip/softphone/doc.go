// Package softphone is a telephone without a person: it dials and answers,
// presses keys, speaks what it is given, records what it hears on one
// timeline, and keeps a transcript. `partyline phone` is made of it, and so are
// the callers in tests, where it can also misbehave.
//
//	agent, err := softphone.New(softphone.Config{NewCodec: …})
//	call, err := agent.Dial(ctx, "sip:100@127.0.0.1:5060")
//	err = call.Press(ctx, "1,123456789#")
//	<-call.Say(speech)
//	err = call.Hangup(ctx)
//	recording := call.Heard()
//
// The goroutines of a call:
//
//	goroutine | one per | owns                          | ends when
//	speak     | call    | the 20 ms clock, the encoders | the dialog's end
//	listen    | call    | the decoders, the recording   | the dialog's end, silence
//	keys      | call    | keys that the peer presses    | the dialog's end
//	wind up   | call    | waiting for the others        | they have ended
package softphone
