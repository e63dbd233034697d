package dockerfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sample = `# comment
FROM golang:1.2.3 AS build
ENV A=1 B=2
WORKDIR /src
COPY one.txt sub ./in/
ARG VERSION=none
RUN mkdir out && \
    echo "$A $VERSION" > out/result

FROM scratch
COPY --from=build --chown=1:1 /src/out/result /result
COPY --from=build /src/in /in
USER 1:1
EXPOSE 1/tcp 2/udp
HEALTHCHECK --interval=1s CMD ["/x", "healthz"]
ENTRYPOINT ["/x"]
CMD serve
`

func TestBuild(t *testing.T) {
	context := t.TempDir()
	for name, text := range map[string]string{
		"one.txt": "1", "sub/two.txt": "2", "sub/node_modules/x": "no", ".dockerignore": "**/node_modules\n",
	} {
		path := filepath.Join(context, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	instructions, err := Parse(sample)
	if err != nil {
		t.Fatal(err)
	}
	image, err := Build(instructions, context, t.TempDir(), map[string]string{"VERSION": "9"})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"result": "1 9\n", "in/one.txt": "1", "in/two.txt": "2"} {
		got, err := os.ReadFile(filepath.Join(image.Root, name))
		if err != nil || string(got) != want {
			t.Errorf("%s is %q, %v, want %q", name, got, err, want)
		}
	}
	if _, err := os.Stat(filepath.Join(image.Root, "in/node_modules")); err == nil {
		t.Error("an ignored directory was copied")
	}
	image.Root = ""
	want := Image{User: "1:1", Entrypoint: []string{"/x"}, Cmd: []string{"serve"}, Healthcheck: []string{"/x", "healthz"}, Exposed: []string{"1/tcp", "2/udp"}}
	if diff := cmp.Diff(want, image); diff != "" {
		t.Error(diff)
	}
}

func TestWrongFiles(t *testing.T) {
	for text, want := range map[string]string{
		"RUN x":                          "before FROM",
		"FROM a\nADD x y":                "ADD is not known",
		"FROM a\nRUN false":              "line 2: RUN",
		"FROM a\nCOPY missing /":         "missing",
		"FROM a\nCOPY --from=b x y":      `no stage "b"`,
		"FROM a\nCOPY --from x y":        "no value",
		"FROM a\nRUN x \\":               "goes on nowhere",
		"FROM":                           "says nothing",
		"FROM a\nENV A 1":                "NAME=value",
		"FROM a\nHEALTHCHECK NONE":       "only CMD",
		"# only a comment, and no image": "no FROM",
	} {
		instructions, err := Parse(text)
		if err == nil {
			_, err = Build(instructions, t.TempDir(), t.TempDir(), nil)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want something with %q", text, err, want)
		}
	}
}
