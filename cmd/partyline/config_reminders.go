package main

import (
	"net/url"

	"partyline/signaling/channel"
	"partyline/signaling/notify"
	"partyline/signaling/reminder"
)

// mailConfig says how mails leave, and how the replies to invitations come.
type mailConfig struct {
	Host        string        `toml:"host"`
	Port        int           `toml:"port"`
	User        string        `toml:"user"`
	Password    notify.Secret `toml:"password"`
	From        string        `toml:"from"`
	TLS         notify.TLS    `toml:"tls"`
	Replies     string        `toml:"replies"`
	ReplyDomain string        `toml:"reply_domain"`
}

// remindersConfig says how people are reminded.
type remindersConfig struct {
	Enabled   bool     `toml:"enabled"`
	Calls     int      `toml:"calls"`
	Overrides int      `toml:"overrides"`
	Contact   string   `toml:"contact"`
	Allow     []string `toml:"allow"`
}

func defaultMail() mailConfig { return mailConfig{TLS: notify.StartTLS} }

func defaultReminders() remindersConfig {
	d := reminder.DefaultConfig()
	return remindersConfig{Enabled: true, Calls: d.Calls, Overrides: d.Quota, Allow: []string{}}
}

// mailer is the part of the configuration that mails are sent by.
func (c Config) mailer() notify.MailConfig {
	return notify.MailConfig{
		Host: c.Mail.Host, Port: c.Mail.Port, User: c.Mail.User, Password: c.Mail.Password,
		From: c.Mail.From, TLS: c.Mail.TLS,
	}
}

// channels is the part of the configuration that messages leave by.
func (c Config) channels() channel.Config {
	return channel.Config{Mail: c.mailer(), PushContact: c.contact(), AllowPrivate: c.Reminders.Allow}
}

// reminding is the part of the configuration that people are reminded by.
func (c Config) reminding() reminder.Config {
	d := reminder.DefaultConfig()
	d.PublicURL, d.Zone, d.Calls, d.Quota = c.address(), c.money().Zone, c.Reminders.Calls, c.Reminders.Overrides
	return d
}

// contact is whom push services may turn to (RFC 8292 §2.1).
func (c Config) contact() string {
	if c.Reminders.Contact != "" {
		return c.Reminders.Contact
	}
	u, err := url.Parse(c.address())
	if err != nil || u.Scheme == "https" {
		return c.address()
	}
	return "mailto:admin@" + u.Hostname()
}

func (c Config) validateReminders(wrong func(key, format string, args ...any)) {
	if c.Mail.Host != "" {
		if err := c.mailer().Validate(); err != nil {
			wrong("mail", "%w", err)
		}
	}
	checkAddress(wrong, "mail.replies", c.Mail.Replies, true)
	if (c.Mail.Replies == "") != (c.Mail.ReplyDomain == "") {
		wrong("mail.replies", "and mail.reply_domain belong together: where replies are taken, and the domain whose mail comes there")
	}
	if err := c.reminding().Validate(); err != nil {
		wrong("reminders", "%w", err)
	}
	if _, err := notify.NewGuard(c.Reminders.Allow); err != nil {
		wrong("reminders.allow", "%w", err)
	}
	if err := notify.CheckContact(c.contact()); err != nil {
		wrong("reminders.contact", "%w", err)
	}
}
