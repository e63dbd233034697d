package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// defaultConfigFile is read when it is there and no other file is named.
const defaultConfigFile = "partyline.toml"

// loadConfig puts the configuration together: defaults, then the file, then
// the environment ("NAME=value"), then what flags set ("key=value"). The error
// names every wrong setting and where it stands.
func loadConfig(file string, environ, overrides []string) (Config, error) {
	cfg := defaultConfig()
	if err := readConfigFile(&cfg, file); err != nil {
		return Config{}, err
	}
	all := settings(&cfg)
	err := errors.Join(applyEnvironment(all, environ), applyOverrides(all, overrides))
	if err != nil {
		return Config{}, err
	}
	if err := cfg.Validate(); err != nil {
		return Config{}, err
	}
	return cfg, nil
}

func readConfigFile(cfg *Config, file string) error {
	named := file != ""
	if !named {
		file = defaultConfigFile
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the configuration: %w", err)
	}
	return decodeConfig(cfg, file, string(text))
}

// decodeConfig reads a file's text over cfg. Errors begin with file:line.
func decodeConfig(cfg *Config, file, text string) error {
	meta, err := toml.Decode(text, cfg)
	var parse toml.ParseError
	switch {
	case errors.As(err, &parse):
		return fmt.Errorf("%s:%d: %s", file, parse.Position.Line, explain(parse))
	case err != nil:
		return fmt.Errorf("%s: %s", file, strings.TrimPrefix(err.Error(), "toml: "))
	}
	var errs []error
	for _, key := range meta.Undecoded() {
		errs = append(errs, unknownKey(fmt.Sprintf("%s:%d: ", file, lineOf(text, key)), key.String()))
	}
	return errors.Join(errs...)
}

// explain is what is wrong with a value or with the file's form.
func explain(parse toml.ParseError) string {
	if parse.LastKey != "" && !strings.Contains(parse.Message, parse.LastKey) {
		return parse.LastKey + ": " + parse.Message
	}
	return parse.Message
}

// unknownKey refuses a key and names the one that was probably meant.
func unknownKey(where, key string) error {
	var cfg Config
	var known []string
	for _, s := range settings(&cfg) {
		known = append(known, s.key)
	}
	for prefix, table := range map[string]any{"sip.trunk.": new(trunkConfig), "sip.trunk.outbound.account.": new(accountConfig)} {
		for _, s := range settingsOf(prefix, reflect.ValueOf(table).Elem()) {
			known = append(known, s.key)
		}
	}
	if meant := nearest(key, known); meant != "" {
		return fmt.Errorf("%s%s is no setting: did you mean %s?", where, key, meant)
	}
	return fmt.Errorf("%s%s is no setting: `partyline config --example` lists them all", where, key)
}

// lineOf finds where a key stands in a file. The parser does not tell for keys
// that nothing was decoded into. It is 1 when the key is written in a way that
// this does not see.
func lineOf(text string, key toml.Key) int {
	section := ""
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			header, _, _ := strings.Cut(strings.TrimLeft(line, "["), "]")
			section = strings.TrimSpace(header) + "."
			if strings.TrimSuffix(section, ".") == key.String() {
				return number
			}
			continue
		}
		name, _, ok := strings.Cut(line, "=")
		if ok && section+strings.TrimSpace(name) == key.String() {
			return number
		}
	}
	return 1
}

// applyEnvironment sets what PARTYLINE_… variables say.
func applyEnvironment(all []setting, environ []string) error {
	var errs []error
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "PARTYLINE_") || name == "PARTYLINE_CONFIG" {
			continue
		}
		i := slices.IndexFunc(all, func(s setting) bool { return s.variable() == name })
		if i < 0 {
			errs = append(errs, unknownVariable(name, all))
			continue
		}
		if err := all[i].set(value); err != nil {
			errs = append(errs, fmt.Errorf("environment variable %s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

func unknownVariable(name string, all []setting) error {
	var known []string
	for _, s := range all {
		known = append(known, strings.TrimPrefix(s.variable(), "PARTYLINE_"))
	}
	if meant := nearest(strings.TrimPrefix(name, "PARTYLINE_"), known); meant != "" {
		return fmt.Errorf("environment variable %s is no setting: did you mean PARTYLINE_%s?", name, meant)
	}
	return fmt.Errorf("environment variable %s is no setting: unset it", name)
}

// applyOverrides sets what --set flags say.
func applyOverrides(all []setting, overrides []string) error {
	var errs []error
	for _, entry := range overrides {
		key, value, ok := strings.Cut(entry, "=")
		if !ok {
			errs = append(errs, fmt.Errorf("--set %s: write it as key=value, such as media.slots=4", entry))
			continue
		}
		i := slices.IndexFunc(all, func(s setting) bool { return s.key == key })
		if i < 0 {
			errs = append(errs, unknownKey("--set ", key))
			continue
		}
		if err := all[i].set(value); err != nil {
			errs = append(errs, fmt.Errorf("--set %w", err))
		}
	}
	return errors.Join(errs...)
}
