package main

import "fmt"

type configCommand struct {
	Show  configShow  `cmd:"" default:"withargs" help:"Print the configuration in force, as a file."`
	Check configCheck `cmd:"" help:"Only tell whether the configuration is sound."`
}

type configShow struct {
	Example bool `help:"Print every setting with its default and what it means."`
}

// Run prints the effective configuration, or the documented defaults.
func (c configShow) Run(t *terminal) error {
	if c.Example {
		_, err := t.out.Write(exampleConfig)
		return err
	}
	cfg, err := t.config()
	if err != nil {
		return err
	}
	return writeConfig(t.out, cfg)
}

type configCheck struct{}

// Run fails when the configuration is not sound.
func (configCheck) Run(t *terminal) error {
	if _, err := t.config(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(t.out, "the configuration is sound")
	return err
}
