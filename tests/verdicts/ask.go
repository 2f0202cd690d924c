// Asks BuildKit's own code what it thinks of each Dockerfile in a directory, and prints its answers as JSON.
//
// `ask` beside this file runs it inside a checkout of moby/buildkit. Every stage is asked for, as `docker build --check`
// does. No image is pulled: each base image sets the variable X and nothing else.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

type verdict struct {
	File    string  `json:"file"`
	Refused string  `json:"refused,omitempty"`
	Line    int     `json:"line,omitempty"`
	Stages  []stage `json:"stages,omitempty"`
	Image   *image  `json:"image,omitempty"`
}

type stage struct {
	Name         string   `json:"name,omitempty"`
	Base         string   `json:"base"`
	Instructions []string `json:"instructions,omitempty"`
}

type image struct {
	User        string            `json:"user,omitempty"`
	Workdir     string            `json:"workdir,omitempty"`
	Env         []string          `json:"env,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Ports       []string          `json:"ports,omitempty"`
	Volumes     []string          `json:"volumes,omitempty"`
	Entrypoint  []string          `json:"entrypoint,omitempty"`
	Cmd         []string          `json:"cmd,omitempty"`
	Healthcheck []string          `json:"healthcheck,omitempty"`
	StopSignal  string            `json:"stop_signal,omitempty"`
}

type resolver struct{}

func (resolver) ResolveImageConfig(_ context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	config := ocispecs.Image{Config: ocispecs.ImageConfig{Env: []string{"X=image"}}}
	config.OS, config.Architecture = "linux", "amd64"
	if opt.ImageOpt != nil && opt.ImageOpt.Platform != nil {
		config.Platform = *opt.ImageOpt.Platform
	}
	config.RootFS = ocispecs.RootFS{Type: "layers", DiffIDs: []digest.Digest{digest.FromString(ref)}}
	text, err := json.Marshal(config)
	return ref, "", text, err
}

// ask gives BuildKit one file; lines `# build-arg NAME=VALUE` in it are arguments of the build.
func ask(text []byte) (answer verdict) {
	refuse := func(err error) verdict {
		answer := verdict{Refused: err.Error()}
		var place *parser.LocationError
		if errors.As(err, &place) && len(place.Locations) > 0 && len(place.Locations[0]) > 0 {
			answer.Line = place.Locations[0][0].Start.Line
		}
		return answer
	}
	defer func() {
		if panicked := recover(); panicked != nil {
			answer = verdict{Refused: fmt.Sprint("panic: ", panicked)}
		}
	}()
	opt := dockerfile2llb.ConvertOpt{MetaResolver: resolver{}, AllStages: true}
	opt.TargetPlatform = &ocispecs.Platform{OS: "linux", Architecture: "amd64"}
	opt.BuildArgs = map[string]string{}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "# build-arg "); ok {
			name, value, _ := strings.Cut(rest, "=")
			opt.BuildArgs[name] = value
		}
	}
	result, err := dockerfile2llb.Dockerfile2LLB(context.Background(), text, opt)
	if err != nil {
		return refuse(err)
	}
	ast, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return refuse(err)
	}
	stages, _, err := instructions.Parse(ast.AST, nil)
	if err != nil {
		return refuse(err)
	}
	for _, found := range stages {
		one := stage{Name: found.Name, Base: found.BaseName}
		for _, command := range found.Commands {
			one.Instructions = append(one.Instructions, strings.ToUpper(strings.ToLower(command.Name())))
		}
		answer.Stages = append(answer.Stages, one)
	}
	config := result.Image.Config
	answer.Image = &image{
		User: config.User, Workdir: config.WorkingDir, Env: config.Env, Labels: config.Labels,
		Ports: slices.Sorted(maps.Keys(config.ExposedPorts)), Volumes: slices.Sorted(maps.Keys(config.Volumes)),
		Entrypoint: config.Entrypoint, Cmd: config.Cmd, StopSignal: config.StopSignal,
	}
	if config.Healthcheck != nil {
		answer.Image.Healthcheck = config.Healthcheck.Test
	}
	return answer
}

func main() {
	files, err := filepath.Glob(filepath.Join(os.Args[1], "*.Dockerfile"))
	if err != nil || len(files) == 0 {
		fmt.Fprintln(os.Stderr, "no Dockerfiles in", os.Args[1], err)
		os.Exit(2)
	}
	slices.Sort(files)
	fmt.Println("[")
	for at, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		answer := ask(text)
		answer.File = strings.TrimSuffix(filepath.Base(file), ".Dockerfile")
		line := new(bytes.Buffer)
		encoder := json.NewEncoder(line)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(answer); err != nil {
			panic(err)
		}
		end := ","
		if at == len(files)-1 {
			end = ""
		}
		fmt.Printf("%s%s\n", strings.TrimSuffix(line.String(), "\n"), end)
	}
	fmt.Println("]")
}
