// What end-to-end tests may hold on to. Everything here is stable; class names
// and texts are not.
//
//   [data-testid=…]  one of the names below; on buttons it is the button itself.
//   A toggle of the room (mute, hand, lock) carries data-on="true" or "false";
//     for mute, "true" means that the microphone is off.
//   Roster entries are [data-testid=participant] with
//     data-participant  the participant's number
//     data-name         the name
//     data-kind         browser | phone
//     data-role         host | participant | guest
//     data-self         present on one's own entry
//     data-talking, data-muted, data-hand, data-held, data-guarded, data-reconnecting   "true" or "false"
//     data-quality      unclassified | good | degraded | poor
//   The room is [data-testid=room] with data-phase (connecting | waiting | in | over),
//     data-socket (connecting | open | reconnecting | closed), data-audio
//     (connecting | connected | reconnecting | failed), data-muted and data-breakout
//     (0 in the main room). At the door it has data-reason (early | host | locked)
//     and data-position. The end screen is [data-testid=over] with data-why.
//   A recording is [data-testid=recording] with data-state (announcing | on); its
//     notice is [data-testid=notice] with data-heard, closed by understood. Object
//     and stop are rec-object and rec-record.
//   Other rooms of the meeting are [data-testid=chamber] with data-room. Boxes to
//     choose people are [data-testid=select] with data-participant; then move-to,
//     a radio button per [data-key] (main, breakout-N, new, a meeting's id), submit,
//     results, undo-move and move-done.
//   One's own light is [data-testid=light] with data-class as data-quality; the
//     words about it are [data-testid=connection]. After a visit [data-testid=rating]
//     with data-stars has the buttons star-1 to star-5.
//   Visitors at the door are [data-testid=visitor] with data-participant and
//     hold the buttons admit and refuse.
//   The button of a participant's menu is [data-testid=participant-menu]; the
//     dialog that it opens holds buttons [data-testid=act-…] by the protocol's
//     action: act-mute, act-ask-unmute, act-unguard, act-lower-hand, act-make-host,
//     act-move, act-remove. What is only under "More" (testid more) is more-….
//   Dialogs that ask for confirmation hold confirm and cancel.
//   Calls at the company's expense: call opens the dialog, which holds call-to (the
//     field), call-add, prices with one [data-testid=price] each (data-refused: the
//     rule), call-summary, payer and call-go. In the room and on the page of a batch
//     [data-testid=call-row] has data-call, data-name, data-state, data-cause, data-rule and
//     the buttons call-cancel and call-retry. money has data-spent and data-rate (10⁻⁶),
//     money-leg data-call; banners have the kinds money-warning, duration-warning and
//     calls-ending. receipt has data-spent.
//   Dates: schedule-title, schedule-day, schedule-time, schedule-length, repeat, guests-add
//     (Enter takes), guest, preview, free-time and submit make one; event (week) and
//     occurrence (list, with data-id) show it. On a meeting's page date (data-id) holds
//     date-change, date-cancel and reply-accepted, -tentative, -declined; scope-one,
//     -following and -all are answered by confirm; reply has data-status, attended is one
//     who came. funnel, receipt-person (data-answer), remind-again and override: receipts.
//     todo, todo-text, todo-owner, todo-due, todo-add: to-dos.
//   Reminders: reminder-card has data-subject and data-about and holds card-join, card-late
//     (then card-late-5, -10, -15), card-cannot, card-snooze, card-heard. The page of a link
//     holds act-join, act-coming, act-late-5 and on, act-cannot, act-snooze, act-heard, then
//     act-said with data-act; that of an invitation answer-accepted, -tentative, -declined and
//     answer-only, then answered with data-status and data-next. push-on, push-test, push-browser, push-problem; rest-for,
//     resting, rest-end, quiet-evenings, quiet-nights; disturbance, judge-yes, judge-no.
//   Played audio is one <audio data-slot=…> per slot.

export const ids = {
  // forms
  submit: 'submit',
  error: 'error',
  // home
  meetNow: 'meet-now',
  meetingNumber: 'meeting-number',
  joinByNumber: 'join-by-number',
  newMeeting: 'new-meeting',
  meetingRow: 'meeting-row',
  // meeting page: the value of a credential, and the button that replaces it
  link: 'link',
  number: 'number',
  hostCode: 'host-code',
  invitee: 'invitee',
  // pre-join
  guestName: 'guest-name',
  microphone: 'microphone',
  level: 'level',
  joinMuted: 'join-muted',
  join: 'join',
  listen: 'listen',
  callMe: 'call-me',
  loopback: 'loopback',
  problem: 'microphone-problem',
  // room
  room: 'room',
  roster: 'roster',
  participant: 'participant',
  participantMenu: 'participant-menu',
  visitor: 'visitor',
  light: 'light',
  over: 'over',
  rejoin: 'rejoin',
  banner: 'banner',
  recording: 'recording',
  notice: 'notice',
  understood: 'understood',
  breakout: 'breakout',
  chamber: 'chamber',
  moveBar: 'move-bar',
  select: 'select',
  moveTo: 'move-to',
  unguard: 'unguard',
  phoneCode: 'phone-code',
  takeOver: 'take-over',
  // meeting page
  recordingRow: 'recording-row',
  settings: 'settings',
  // me
  sipPhone: 'sip-phone',
  sipPassword: 'sip-password',
  // dialogs
  confirm: 'confirm',
  cancel: 'cancel',
  // people
  addPerson: 'add-person',
  importPeople: 'import-people',
  person: 'person',
  invitationLink: 'invitation-link',
} as const;

/** Buttons of the room's table of actions: mute, hand, leave, dial-in, mute-all, lock, end, … */
export const actionId = (action: string): string => action;
