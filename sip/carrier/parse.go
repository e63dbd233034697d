package carrier

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"partyline/sip/dialplan"
)

// ErrBadScenario is wrapped by what Parse cannot read. The text names the line.
var ErrBadScenario = errors.New("not a scenario")

// Limits of what a scenario may ask for.
const (
	longestWait  = 24 * time.Hour
	mostProgress = 100
	mostKeys     = 64
	mostLines    = 10_000
)

// Parse reads a scenario. Every line that is wrong is told, with its number.
func Parse(r io.Reader) (Scenario, error) {
	s := Scenario{Sounds: make(map[string]string)}
	var wrong []error
	lines := bufio.NewScanner(r)
	for number := 1; lines.Scan(); number++ {
		if number > mostLines {
			return Scenario{}, fmt.Errorf("%w: it has more than %d lines", ErrBadScenario, mostLines)
		}
		if err := s.line(strings.TrimSpace(lines.Text()), number); err != nil {
			wrong = append(wrong, fmt.Errorf("%w: line %d: %w", ErrBadScenario, number, err))
		}
	}
	if err := lines.Err(); err != nil {
		return Scenario{}, fmt.Errorf("%w: %w", ErrBadScenario, err)
	}
	if len(wrong) > 0 {
		return Scenario{}, errors.Join(wrong...)
	}
	return s, nil
}

// line reads one line.
func (s *Scenario) line(text string, number int) error {
	if text == "" || text[0] == '#' {
		return nil
	}
	word, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "account":
		return s.account(rest)
	case "sound":
		return s.sound(rest)
	case "number":
		return s.rule(rest, number)
	case "caller":
		return s.caller(rest, number)
	default:
		return fmt.Errorf("%q begins no line: write account, sound, number or caller", word)
	}
}

func (s *Scenario) account(text string) error {
	user, password, ok := strings.Cut(text, " ")
	password = strings.TrimSpace(password)
	if !ok || user == "" || password == "" {
		return errors.New("an account is a user and a password")
	}
	if slices.ContainsFunc(s.Accounts, func(a Account) bool { return a.User == user }) {
		return fmt.Errorf("there is an account %q already", user)
	}
	s.Accounts = append(s.Accounts, Account{user, dialplan.Password(password)})
	return nil
}

func (s *Scenario) sound(text string) error {
	name, file, ok := strings.Cut(text, " ")
	if file = strings.TrimSpace(file); !ok || file == "" {
		return errors.New("a sound is a name and a WAV file")
	}
	s.Sounds[name] = file
	return nil
}

func (s *Scenario) rule(text string, line int) error {
	pattern, text, ok := strings.Cut(text, ":")
	p := Pattern(strings.TrimSpace(pattern))
	if !ok || !p.valid() {
		return fmt.Errorf("%q is no pattern of numbers: write digits, with a star before or after them for any others and an x for any one, and a colon", pattern)
	}
	if i := slices.IndexFunc(s.Rules, func(r Rule) bool { return r.Numbers == p }); i >= 0 {
		return fmt.Errorf("line %d says already what %s does", s.Rules[i].Line, p)
	}
	steps, err := parseSteps(text)
	if err != nil {
		return err
	}
	if err := answering(steps); err != nil {
		return err
	}
	s.Rules = append(s.Rules, Rule{p, steps, line})
	return nil
}

func (p Pattern) valid() bool {
	digits := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(string(p), "+"), "*"), "*")
	return p != "" && p != "+" && strings.Trim(digits, "0123456789x") == ""
}

func (s *Scenario) caller(text string, line int) error {
	number, text, ok := strings.Cut(text, ":")
	number = strings.TrimSpace(number)
	if !ok || number == "" || strings.Trim(number, "+0123456789") != "" {
		return fmt.Errorf("%q is no caller's number: write digits and a colon", number)
	}
	steps, err := parseSteps(text)
	if err != nil {
		return err
	}
	if err := dialling(steps); err != nil {
		return err
	}
	s.Callers = append(s.Callers, Caller{dialplan.Number(number), steps, line})
	return nil
}

// parseSteps reads what stands after the colon.
func parseSteps(text string) (steps []Step, err error) {
	for part := range strings.SplitSeq(text, ",") {
		words := strings.Fields(part)
		if len(words) == 0 {
			return nil, errors.New("there is a comma, or a colon, with nothing behind it")
		}
		read, ok := grammar[Verb(words[0])]
		if !ok {
			return nil, fmt.Errorf("%q is nothing that a telephone does", words[0])
		}
		step := Step{Verb: Verb(words[0])}
		if err := read(&step, words[1:]); err != nil {
			return nil, fmt.Errorf("%s: %w", words[0], err)
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// grammar is how the words behind each verb are read.
var grammar = map[Verb]func(s *Step, words []string) error{
	Ring:      optionalTime,
	Progress:  count(1, mostProgress),
	Early:     readEarly,
	Challenge: nothing,
	Answer:    readAnswer,
	Refuse:    readRefuse,
	Say:       oneWord("the name of a sound"),
	Play:      oneWord("the name of a sound"),
	Quiet:     nothing,
	Press:     readKeys,
	Hear:      optionalTime,
	Wait:      time1,
	Hold:      time1,
	Net:       readNetwork,
	Vanish:    nothing,
	Stay:      optionalTime,
	Hangup:    nothing,
	Dial:      readDial,
}

func nothing(_ *Step, words []string) error {
	if len(words) > 0 {
		return fmt.Errorf("%q is too much", words[0])
	}
	return nil
}

func optionalTime(s *Step, words []string) error {
	if len(words) == 0 {
		return nil
	}
	return time1(s, words)
}

func time1(s *Step, words []string) (err error) {
	if len(words) != 1 {
		return errors.New(`it takes one time, such as "2s" or "1s-3s"`)
	}
	from, to, ranged := strings.Cut(words[0], "-")
	if s.Span.From, err = parseTime(from); err != nil {
		return err
	}
	if s.Span.To = s.Span.From; ranged {
		if s.Span.To, err = parseTime(to); err != nil {
			return err
		}
	}
	if s.Span.To < s.Span.From {
		return fmt.Errorf("%q ends before it begins", words[0])
	}
	return nil
}

func parseTime(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 || d > longestWait {
		return 0, fmt.Errorf("%q is no time: write such as 500ms, 2s or 1m, a day at most", text)
	}
	return d, nil
}

func count(least, most int) func(*Step, []string) error {
	return func(s *Step, words []string) (err error) {
		if len(words) == 1 {
			s.Count, err = strconv.Atoi(words[0])
		}
		if len(words) != 1 || err != nil || s.Count < least || s.Count > most {
			return fmt.Errorf("it takes a number from %d to %d", least, most)
		}
		return nil
	}
}

func oneWord(what string) func(*Step, []string) error {
	return func(s *Step, words []string) error {
		if len(words) != 1 {
			return fmt.Errorf("it takes %s", what)
		}
		s.Text = words[0]
		return nil
	}
}

func readEarly(s *Step, words []string) error {
	if len(words) == 0 || len(words) > 2 {
		return errors.New("it takes the name of a sound, and how long")
	}
	s.Text = words[0]
	return optionalTime(s, words[1:])
}

func readAnswer(s *Step, words []string) error {
	s.Count = 1
	if len(words) == 1 && words[0] == "twice" {
		s.Count = 2
		return nil
	}
	return nothing(s, words)
}

func readRefuse(s *Step, words []string) error {
	if len(words) == 1 && words[0] == "digits" {
		return nil
	}
	if err := count(300, 699)(s, words); err != nil {
		return fmt.Errorf(`%w, or "digits"`, err)
	}
	return nil
}

func readKeys(s *Step, words []string) error {
	keys := strings.Join(words, "")
	if keys == "" || len(keys) > mostKeys || strings.Trim(keys, "0123456789*#ABCD") != "" {
		return fmt.Errorf("%q are no keys of a telephone", keys)
	}
	s.Text = keys
	return nil
}

func readDial(s *Step, words []string) error {
	number := strings.Join(words, "")
	if strings.Trim(number, "+") == "" || strings.ContainsAny(number, "@:;<>\"?%&=/\\ ") {
		return errors.New("it takes the number to call")
	}
	s.Text = number
	return nil
}

func readNetwork(s *Step, words []string) error {
	if len(words) == 0 {
		return errors.New("it takes loss=10%, delay=80ms and jitter=40ms, or some of them")
	}
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		var err error
		switch key {
		case "loss":
			s.Network.Loss, err = parseShare(value)
		case "delay":
			s.Network.Delay, err = parseTime(value)
		case "jitter":
			s.Network.Jitter, err = parseTime(value)
		default:
			err = fmt.Errorf("%q is nothing that a network does: write loss, delay or jitter", key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func parseShare(text string) (float64, error) {
	percent, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
	if err != nil || math.IsNaN(percent) || percent < 0 || percent > 100 {
		return 0, fmt.Errorf("%q is no share: write such as 10%%", text)
	}
	return percent / 100, nil
}

// answering checks that steps make sense in this order for a callee.
func answering(steps []Step) error {
	answered := false
	for i, s := range steps {
		switch s.Verb {
		case Dial:
			return errors.New("dial: a number that is called does not call")
		case Answer:
			if answered {
				return errors.New("answer: it was answered before; write \"answer twice\" for two telephones")
			}
			answered = true
		case Ring, Progress, Early, Challenge, Refuse:
			if answered {
				return fmt.Errorf("%s: not after the answer", s.Verb)
			}
		case Say, Play, Quiet, Press, Hear, Hold, Stay, Hangup, Vanish:
			if !answered {
				return fmt.Errorf("%s: not before the answer", s.Verb)
			}
		}
		if last := i == len(steps)-1; s.ends() && !last {
			return fmt.Errorf("%s: nothing can come after it", s.Verb)
		}
	}
	return nil
}

// dialling checks that steps make sense in this order for a caller.
func dialling(steps []Step) error {
	dialled := false
	for i, s := range steps {
		switch s.Verb {
		case Ring, Progress, Early, Challenge, Refuse, Answer:
			return fmt.Errorf("%s: a caller does not", s.Verb)
		case Dial:
			if dialled {
				return errors.New("dial: one call is enough for one caller")
			}
			dialled = true
		case Wait, Net:
		default:
			if !dialled {
				return fmt.Errorf("%s: not before dialling", s.Verb)
			}
		}
		if last := i == len(steps)-1; s.ends() && !last {
			return fmt.Errorf("%s: nothing can come after it", s.Verb)
		}
	}
	if !dialled {
		return errors.New("the caller dials nobody")
	}
	return nil
}

// ends tells whether nothing comes after a step.
func (s Step) ends() bool {
	forever := (s.Verb == Ring || s.Verb == Stay) && s.Span == Span{}
	return forever || s.Verb == Refuse || s.Verb == Hangup || s.Verb == Vanish
}
