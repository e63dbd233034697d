package wire

// Reminder is a card that pops up on somebody's pages, wherever they are.
type Reminder struct {
	Subject string   `json:"subject"` // id of the occurrence, to-do or announcement: what is answered to
	About   string   `json:"about"`   // "reminder", "announcement"; "missing" tells who leads a meeting who is
	Title   string   `json:"title"`   // a line in the person's language: what, and how soon
	Text    string   `json:"text"`
	Start   int64    `json:"start"` // Unix time in ms
	End     int64    `json:"end"`
	Link    string   `json:"link,omitempty"` // leads there
	Acts    []string `json:"acts"`           // what it can be answered with: join, coming, late, cannot, snooze, heard
}

// Reminded tells somebody what they must not forget; with a sound, where pages
// may make one.
type Reminded struct {
	Reminder Reminder `json:"reminder"`
}

// ReminderSettled tells that a reminder was answered, here or elsewhere: its
// card goes away.
type ReminderSettled struct {
	Subject string `json:"subject"`
}

// Kind returns the message's type.
func (*Reminded) Kind() string { return "reminder" }

// Kind returns the message's type.
func (*ReminderSettled) Kind() string { return "reminder-settled" }
