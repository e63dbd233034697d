//go:build e2e

package dockerfile

import (
	"context"
	"debug/elf"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// root is the top of our tree.
const root = "../../.."

// TestE2EDockerfile carries our Dockerfile out, starts what comes out of it as
// its ENTRYPOINT, CMD and ENV say, and asks its HEALTHCHECK.
func TestE2EDockerfile(t *testing.T) {
	instructions := ours(t)
	image, err := Build(instructions, root, t.TempDir(), map[string]string{"VERSION": "v1.2.3-test"})
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(image.Root, image.Entrypoint[0])
	requireNoLoader(t, program)
	if out := output(t, exec.Command(program, "version")); !strings.Contains(out, "v1.2.3-test") {
		t.Errorf("the image says it is %q", out)
	}
	for _, dir := range append(image.Volumes, "/tmp", "/etc/ssl/certs/ca-certificates.crt") {
		if _, err := os.Stat(filepath.Join(image.Root, dir)); err != nil {
			t.Errorf("the image lacks %s: %v", dir, err)
		}
	}
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "PARTYLINE_") })
	env = append(env, "PARTYLINE_HTTP_LISTEN="+freeAddress(t),
		"PARTYLINE_MEDIA_UDP=127.0.0.1:0", "PARTYLINE_MEDIA_TCP=", "PARTYLINE_MEDIA_LOOPBACK=true",
		"PARTYLINE_SIP_UDP=127.0.0.1:0", "PARTYLINE_SIP_TCP=")
	for _, variable := range image.Env { // its paths are within the image
		env = append(env, strings.Replace(variable, "=/", "="+image.Root+"/", 1))
	}
	serve(t, program, image, env)
}

// serve starts the image's program, waits until its health check passes, and
// ends it as Docker would.
func serve(t *testing.T, program string, image Image, env []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	server := exec.CommandContext(ctx, program, append(image.Entrypoint[1:], image.Cmd...)...)
	var log strings.Builder
	server.Env, server.Dir, server.Stdout, server.Stderr = env, image.Root, &log, &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	healthy := false
	for !healthy && ctx.Err() == nil {
		check := exec.CommandContext(ctx, filepath.Join(image.Root, image.Healthcheck[0]), image.Healthcheck[1:]...)
		check.Env, check.Dir = env, image.Root
		healthy = check.Run() == nil
	}
	if err := server.Process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	err := server.Wait()
	if !healthy || err != nil {
		t.Fatalf("healthy: %v, ended with %v; it said:\n%s", healthy, err, log.String())
	}
	for _, volume := range image.Volumes {
		if entries, err := os.ReadDir(filepath.Join(image.Root, volume)); err != nil || len(entries) == 0 {
			t.Errorf("nothing was kept in %s (%v)", volume, err)
		}
	}
}

// TestE2EDockerfileIsSafe wants pinned images, no root, and what the program
// needs to be told.
func TestE2EDockerfileIsSafe(t *testing.T) {
	exact := regexp.MustCompile(`^(scratch|[a-z./-]+:\d+\.\d+\.\d+(-[a-z0-9]+)?(@sha256:[0-9a-f]{64})?)$`)
	last := make(map[string]Instruction)
	for _, i := range ours(t) {
		if i.Name == "FROM" && !exact.MatchString(i.Words()[0]) {
			t.Errorf("line %d: %s is not an exact version", i.Line, i.Words()[0])
		}
		last[i.Name] = i
	}
	if user, _, _ := strings.Cut(last["USER"].Args, ":"); user == "" || user == "0" || user == "root" {
		t.Errorf("the image runs as %q", user)
	}
	if !slices.Contains(Instruction{Args: strings.TrimPrefix(last["HEALTHCHECK"].Args, "CMD ")}.Words(), "healthz") {
		t.Errorf("the health check does not ask the program: %q", last["HEALTHCHECK"].Args)
	}
	for _, port := range []string{"8080/tcp", "7882/udp", "7882/tcp", "5060/udp", "5060/tcp"} {
		if !slices.Contains(last["EXPOSE"].Words(), port) {
			t.Errorf("port %s is not exposed", port)
		}
	}
}

func ours(t *testing.T) []Instruction {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	instructions, err := Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return instructions
}

func requireNoLoader(t *testing.T, program string) {
	t.Helper()
	file, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, segment := range file.Progs {
		if segment.Type == elf.PT_INTERP {
			t.Error("the program needs a loader, which an empty image does not have")
		}
	}
}

func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
