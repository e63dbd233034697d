package main

import (
	"encoding"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// setting is one value of a Config under its name.
type setting struct {
	key   string // as in "media.slots"
	value reflect.Value
}

// settings lists what can be set in cfg, in the order of its declaration. The
// values write through to cfg. Lists of tables, such as trunks, are settings
// too, and so are tables such as keys, but only a file can give them.
func settings(cfg *Config) []setting {
	return settingsOf("", reflect.ValueOf(cfg).Elem())
}

func settingsOf(prefix string, section reflect.Value) []setting {
	var all []setting
	for i := range section.NumField() {
		name := section.Type().Field(i).Tag.Get("toml")
		if name == "-" {
			continue
		}
		value := section.Field(i)
		if isSection(value) {
			all = append(all, settingsOf(prefix+name+".", value)...)
			continue
		}
		all = append(all, setting{prefix + name, value})
	}
	return all
}

func isSection(value reflect.Value) bool {
	_, text := value.Addr().Interface().(encoding.TextUnmarshaler)
	return value.Kind() == reflect.Struct && !text
}

// isTables tells whether the setting is a table of its own, or a list of them.
func (s setting) isTables() bool {
	return s.value.Kind() == reflect.Map || s.value.Kind() == reflect.Slice && s.value.Type().Elem().Kind() == reflect.Struct &&
		!reflect.PointerTo(s.value.Type().Elem()).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// variable is the environment variable that sets it.
func (s setting) variable() string {
	return "PARTYLINE_" + strings.ToUpper(strings.ReplaceAll(s.key, ".", "_"))
}

// set reads the value from text, as it stands in the environment or a flag:
// without quotes, lists with commas between their items.
func (s setting) set(text string) error {
	if s.isTables() {
		return fmt.Errorf("%s can only be set in a file", s.key)
	}
	if err := setText(s.value, text); err != nil {
		return fmt.Errorf("%s: %w", s.key, err)
	}
	return nil
}

func setText(value reflect.Value, text string) error {
	if unmarshaler, ok := value.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return unmarshaler.UnmarshalText([]byte(text))
	}
	switch value.Kind() {
	case reflect.String:
		value.SetString(text)
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		value.SetInt(int64(n))
	case reflect.Bool:
		on, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is not true or false", text)
		}
		value.SetBool(on)
	case reflect.Slice:
		return setList(value, text)
	default:
		return fmt.Errorf("cannot be set from text: it is a %s", value.Type())
	}
	return nil
}

func setList(value reflect.Value, text string) error {
	list := reflect.MakeSlice(value.Type(), 0, 0)
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		element := reflect.New(value.Type().Elem()).Elem()
		if err := setText(element, item); err != nil {
			return err
		}
		list = reflect.Append(list, element)
	}
	value.Set(list)
	return nil
}

// nearest gives the key most like an unknown one, or nothing when none is.
func nearest(unknown string, keys []string) string {
	best, bestDistance := "", len(unknown)/2+1
	for _, key := range keys {
		d := editDistance(unknown, key)
		if _, last, ok := strings.Cut(key, "."); ok {
			d = min(d, editDistance(unknown, last)+1) // the section was forgotten
		}
		if d < bestDistance {
			best, bestDistance = key, d
		}
	}
	return best
}

// editDistance counts the single-letter changes between a and b (Levenshtein).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

// writeConfig prints cfg as a file that would give it, except for passwords.
func writeConfig(out io.Writer, cfg Config) error {
	encoder := toml.NewEncoder(out)
	encoder.Indent = ""
	if err := encoder.Encode(cfg); err != nil {
		return fmt.Errorf("writing the configuration: %w", err)
	}
	return nil
}
