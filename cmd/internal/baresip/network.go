package baresip

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
)

// ip runs a command of iproute2.
func ip(line string) error {
	if out, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", line, err, bytes.TrimSpace(out))
	}
	return nil
}

// inOrder runs commands of iproute2 until one fails.
func inOrder(lines ...string) error {
	for _, line := range lines {
		if err := ip(line); err != nil {
			return err
		}
	}
	return nil
}

// connect makes the phone's namespace and the cable to it.
func (p *Phone) connect(id int, host, self string) error {
	outside, inside := fmt.Sprintf("pl%da", id), fmt.Sprintf("pl%db", id)
	return inOrder(
		"netns add "+p.namespace,
		"link add "+outside+" type veth peer name "+inside+" netns "+p.namespace,
		"addr add "+host+"/30 dev "+outside,
		"link set "+outside+" up",
		"-n "+p.namespace+" addr add "+self+"/30 dev "+inside,
		"-n "+p.namespace+" link set "+inside+" up",
		"-n "+p.namespace+" link set lo up",
	)
}

// hidden is a phone's own address behind NAT, and gateway its router's. Nobody
// outside has a way there.
const (
	hidden  = "192.168.177.2"
	gateway = "192.168.177.1"
)

// connectBehindNAT puts a router between the host and the phone, in a namespace
// of its own. It gives every stream a port of its own choosing, so that nothing
// the phone says about its address is true outside. Commands to the router's
// address reach the phone.
func (p *Phone) connectBehindNAT(id int, host, outer string) error {
	p.router = p.namespace + "r"
	outside, wan := fmt.Sprintf("pl%da", id), fmt.Sprintf("pl%db", id)
	lan, inside := fmt.Sprintf("pl%dc", id), fmt.Sprintf("pl%dd", id)
	router, phone := "-n "+p.router+" ", "-n "+p.namespace+" "
	if err := inOrder(
		"netns add "+p.namespace,
		"netns add "+p.router,
		"link add "+outside+" type veth peer name "+wan+" netns "+p.router,
		"addr add "+host+"/30 dev "+outside,
		"link set "+outside+" up",
		router+"addr add "+outer+"/30 dev "+wan,
		router+"link set "+wan+" up",
		router+"link set lo up",
		router+"link add "+lan+" type veth peer name "+inside+" netns "+p.namespace,
		router+"addr add "+gateway+"/24 dev "+lan,
		router+"link set "+lan+" up",
		phone+"addr add "+hidden+"/24 dev "+inside,
		phone+"link set "+inside+" up",
		phone+"link set lo up",
		phone+"route add default via "+gateway,
	); err != nil {
		return err
	}
	rules := exec.Command("ip", "netns", "exec", p.router, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward && exec nft -f -")
	rules.Stdin = strings.NewReader(fmt.Sprintf(`table ip nat {
	chain out { type nat hook postrouting priority srcnat; oifname %q masquerade random; }
	chain in { type nat hook prerouting priority dstnat; iifname %q tcp dport 4444 dnat to %s; }
}`, wan, wan, hidden))
	if out, err := rules.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}
