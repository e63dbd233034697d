// Package signaling is the engine that people talk to: WebSocket sessions,
// presence and the state of running meetings.
//
// A [Server] has one session per browser tab and one room per running meeting.
// Whoever comes brings a ticket ([Tickets]) or, for a phone, is brought by the
// gateway ([Server.Enter]); both become members of a room and go through the
// same code there. What members may do is said by signaling/meeting; what is
// heard, by the audio plane behind [Rooms]. PROTOCOL.md tells what goes over
// the WebSocket, signaling/wire has it as types.
//
// # Who runs
//
//	goroutine        one per             owns                            ends when
//	room.run         room of a running   roster, door, lock, recording;  a host ends the meeting, it is empty for
//	                 meeting             all calls of Rooms but          Config.EmptyAfter, or the server stops;
//	                                     Connect and StopRecording       break-out rooms end with the main room,
//	                                                                     which waits for them, or when closed
//	room.stopTaping  stopped recording   closing the tape                it is closed; room.run waits for it
//	socket.read      WebSocket           the reading half; carries out   the peer or the server closes; it waits for
//	(= ServeHTTP)                        what the client asks            the two below
//	socket.write     WebSocket           the writing half, the ping      the socket closes
//	socket.connect   SDP offer           one call of Rooms.Connect       answered, or after Config.ConnectWithin
//	Server.show      Server that admins  nothing: it asks Health and         nobody watches, or Shutdown ends the sessions
//	                 watch               tells the sessions
//	Exchange.run     Server with a       the calls that people had       Shutdown, when they have ended; see
//	                 Dialer              placed, and their attempts      package dialout
//
// A meeting's rooms, the main one and its break-outs, share a family: what is
// shared is behind its mutex. Whoever moves people asks the two rooms one after
// the other, in a goroutine that belongs to neither: see move.go. Timers of a
// room (opening, notice, beep) only leave functions in its mailbox.
//
// The calls' exchange tells of them by the Feed, to people and not to rooms; what
// it has to know of rooms stands in their views. A room asks it shortly, and it
// never asks a room. That somebody of the company is in a meeting that pays for
// calls is watched by the family: see attend.go.
//
// Server.Shutdown waits for all of them. A session has no goroutine: it is the
// events that a client has not seen yet, behind a mutex, and a timer while no
// socket is there.
//
// Locks are taken in the order server, family and session, socket; a room takes
// none of them while it waits, and nobody asks a room while holding one.
package signaling
