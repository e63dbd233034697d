package main

import (
	"context"
	"net"
	"net/mail"
	"strings"

	"partyline/signaling/invite"
	"partyline/signaling/notify"
	"partyline/signaling/seal"
	"partyline/sip/dialplan"
)

// openLetters begins to send invitations by mail and to take what people answer.
func (h *house) openLetters(key seal.Key) error {
	sender, ok := h.diary.channels.On(notify.Mail)
	if !ok {
		return nil // letters wait until there is a mail server
	}
	cfg := invite.PostConfig{Place: h.place(), Links: h.diary.links, Domain: domainOf(h.cfg.Mail.From)}
	if h.cfg.Mail.ReplyDomain != "" {
		var err error
		if cfg.Addresses, err = invite.NewAddresses(key, h.cfg.Mail.ReplyDomain); err != nil {
			return err
		}
	}
	h.runs(invite.NewPost(cfg, h.store, sender, h.log.With("part", "letters")).Run)
	if h.cfg.Mail.Replies == "" {
		return nil
	}
	listener, err := net.Listen("tcp", h.cfg.Mail.Replies)
	if err != nil {
		return taken("mail.replies", err)
	}
	replies := invite.NewReplies(h.store, h.diary.planner, cfg.Addresses, h.log.With("part", "replies"))
	h.runs(func(ctx context.Context) {
		if err := replies.Listen(ctx, invite.ListenerConfig{Domain: h.cfg.Mail.ReplyDomain}, listener); err != nil && ctx.Err() == nil {
			h.log.Error("replies to invitations are not taken any more", "error", err)
		}
	})
	return nil
}

// place is how people come to us, as invitations tell them.
func (h *house) place() invite.Place {
	p := invite.Place{PublicURL: h.cfg.address(), ReplyDomain: h.cfg.Mail.ReplyDomain}
	for _, trunk := range h.cfg.SIP.Trunks {
		for _, number := range trunk.Numbers {
			p.Numbers = append(p.Numbers, string(dialplan.Number(number)))
		}
	}
	return p
}

// domainOf is the domain of an address that Validate has seen.
func domainOf(address string) string {
	parsed, err := mail.ParseAddress(address)
	if err != nil {
		return "localhost"
	}
	_, domain, _ := strings.Cut(parsed.Address, "@")
	return domain
}
