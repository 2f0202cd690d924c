#!/usr/bin/env python3
"""Measures the images of the fleet on a real engine and prints Markdown for docs/images.md.

    figures.py [--twins NAME...] [--emulated] [--cold] [SERVICE...]
    figures.py --tree DIR [--cold] [SERVICE...]

Without names, services are all, and the twins of --twins those of all Python services. Needs an engine with warm caches
and the images that programs come from: run tests/engine/run before, and cargo build.

--tree builds from another tree than the miniature. Its services are not started, because not all of its programs can
be; and its twins are not built, because its pins need another Python than Debian's.

Built from nothing: no layer comes from the cache; packages that were downloaded before may, from cache mounts. The
result stays in the builder, so that unpacking is not measured. After a change: a line more in one source file, three
times, the median; the image goes to the engine. A twin is what people write first for the same Python service: one
stage, root, everything in it; neat (no lists of packages, no cache of pip), but with the source copied before pip runs.

--cold, which comes first, builds all services with one call of `dockwright build` for each platform and for both, each
time after the whole build cache of the engine is removed, downloads included.

--emulated builds a small service with the templates of before for linux/arm64, where emulation is registered
(../shared/engine/up --arm64) and git has the history.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

REPOSITORY = Path(__file__).resolve().parents[2]
GENERATED = REPOSITORY / "generated"
REGISTRY = "dockwright.figures"
AMD64, ARM64 = "linux/amd64", "linux/arm64"

# The last commit whose builders ran on the target platform, and its Dockerfile of a small service.
BEFORE = "5189493^"
SMALL = "generated/infrastructure/docker/multi-stage/Dockerfile.vm"


def run(*words, **options):
    """What a command prints; it ends this program where it fails."""
    result = subprocess.run(words, capture_output=True, text=True, check=False, **options)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, words))}\n{(result.stdout + result.stderr)[-3000:]}")
    return result.stdout


def seconds(action):
    start = time.monotonic()
    action()
    return time.monotonic() - start


# What an engine says that had too much to do at once.
PASSING = [
    "parent snapshot", "DeadlineExceeded", "only one connection allowed", "Unavailable", "EOF: unknown",
    "client connection is closing",
]


def build(words, **options):
    """How long a build takes. An engine that could not keep up is asked again, and the last call counts."""
    for _ in range(4):
        start = time.monotonic()
        result = subprocess.run(words, cwd=GENERATED, capture_output=True, text=True, check=False, **options)
        if result.returncode == 0:
            return time.monotonic() - start
        if not any(words in result.stderr for words in PASSING):
            break
    sys.exit(result.stderr[-3000:])


class Fleet:
    """The fleet with a copy of its sources, which may be changed."""

    def __init__(self, work, tree=None):
        target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
        self.dockwright = target / "debug/dockwright"
        self.is_miniature = tree is None
        self.tree = work / "tree"
        shutil.copytree(tree or REPOSITORY / "tests/lucid", self.tree, symlinks=True)
        self.environment = os.environ | {
            "REGISTRY": REGISTRY, "TREE": str(self.tree), "SBOM": "false", "PROVENANCE": "false",
            "SECRETS": str(work / "secrets"),
        }
        printed = self.docker("buildx", "bake", "-f", "docker-bake.hcl", "--print")
        self.targets = {
            name: (target["tags"][0], GENERATED / target["dockerfile"].removeprefix("cwd://"))
            for name, target in json.loads(printed)["target"].items()
        }

    def docker(self, *words):
        return run("docker", *words, cwd=GENERATED, env=self.environment)

    def bake(self, platforms, *words):
        sets = [f"--set=*.platform={platform}" for platform in platforms]
        return build(["docker", "buildx", "bake", "-f", "docker-bake.hcl", *sets, *words], env=self.environment)

    def from_nothing(self, platforms, *names):
        return self.bake(platforms, "--no-cache", "--set=*.output=type=cacheonly", *names)

    def change(self, dockerfile):
        """Adds a line, a different one every time, to the first source file; whether there is one."""
        for source, _ in sources(dockerfile):
            files = [self.tree / source] if (self.tree / source).is_file() else sorted((self.tree / source).rglob("*"))
            for file in files:
                if file.suffix in {".py", ".conf", ".yml", ".mjs"}:
                    with file.open("a") as text:
                        text.write(f"\n# {time.time_ns()}\n")
                    return True
        return False

    def after_a_change(self, dockerfile, build):
        """The seconds of a build after a change, the median of three."""
        times = []
        for _ in range(3):
            if not self.change(dockerfile):
                return None
            times.append(build())
        return median(times)

    def until_healthy(self):
        """The seconds until all services, started at once, are healthy, and those of each."""
        compose = ["compose", "--project-name=dockwright-figures", "--file=compose.yaml"]
        secrets = Path(self.environment["SECRETS"])
        secrets.mkdir()
        text = (GENERATED / "compose.yaml").read_text()
        self.environment |= {name: "secret" for name in re.findall(r"\$\{(\w+):\?", text)}
        for name in re.findall(r"\$\{SECRETS:-./secrets\}/(\w+)", text):
            (secrets / name).write_text("secret")
        run("chmod", "-R", "a+rX", secrets.parent)
        log = secrets.parent / "events"
        with log.open("w") as out:
            filters = ["event=start", "event=health_status", "label=com.docker.compose.project=dockwright-figures"]
            words = ["docker", "events", "--format={{json .}}", *(f"--filter={words}" for words in filters)]
            events = subprocess.Popen(words, stdout=out)
        try:
            all_healthy = seconds(lambda: self.docker(*compose, "up", "--wait", "--wait-timeout=240", "--pull=never"))
        finally:
            events.terminate()
            self.docker(*compose, "down", "--volumes", "--timeout=1")
        started, healthy = {}, {}
        for event in map(json.loads, log.read_text().splitlines()):
            name = event["Actor"]["Attributes"]["com.docker.compose.service"]
            if event["Action"] == "start":
                started.setdefault(name, event["timeNano"])
            elif event["Action"] == "health_status: healthy":
                healthy.setdefault(name, event["timeNano"])
        return all_healthy, {name: (at - started[name]) / 1e9 for name, at in healthy.items()}


def sources(dockerfile):
    """What a Dockerfile copies from the build context, and where to."""
    return re.findall(r"^COPY (?:--link )?--chmod=755 (\S+) (\S+)$", dockerfile.read_text(), re.MULTILINE)


def twin(dockerfile):
    """The same Python service in one stage, with the same packages and the same start."""
    text = dockerfile.read_text()
    debian = re.findall(r"packages\.sh \$TARGETARCH /packages (.*)", text)
    install = re.search(r"uv pip install.*?\n((?: .*\n)*)", text)
    lines = install[1] if install else ""
    files = re.findall(r"--requirement /src/(\S+)", lines)
    packages = [word for word in re.findall(r"^ +([A-Za-z0-9'][^ ]*)", lines, re.MULTILINE) if "==" in word]
    words = f"apt-get install -y --no-install-recommends {' '.join(['python3-venv', *debian])}"
    yield "FROM debian:trixie-slim"
    yield f"RUN apt-get update && {words} && rm -rf /var/lib/apt/lists/* && python3 -m venv /opt/venv"
    yield "WORKDIR /app"
    yield from (f"COPY {source} {to}" for source, to in sources(dockerfile))
    yield from (f"COPY {file} /requirements/{file}" for file in files)
    if files or packages:
        words = [*(f"-r /requirements/{file}" for file in files), *packages]
        yield f"RUN /opt/venv/bin/pip install --no-cache-dir {' '.join(words)}"
    yield re.search(r"^ENTRYPOINT .*$", text, re.MULTILINE)[0]


class Twin:
    def __init__(self, fleet, name, dockerfile):
        self.fleet, self.tag = fleet, f"{REGISTRY}/twin/{name}"
        self.file = fleet.tree.parent / "Dockerfile"
        self.file.write_text("\n".join(twin(dockerfile)) + "\n")

    def build(self, *words):
        words = [*(words or ["--load"]), "--provenance=false", "--platform", AMD64, "--tag", self.tag]
        return build(["docker", "buildx", "build", *words, "--file", self.file, self.fleet.tree])

    def figures(self, dockerfile):
        cold = self.build("--no-cache", "--output=type=cacheonly")
        self.build()
        size = size_of(self.tag)
        again = self.fleet.after_a_change(dockerfile, self.build)
        run("docker", "image", "rm", self.tag)
        return size, cold, again


def size_of(image):
    """The bytes of an image as it lies on disk."""
    sizes = run("docker", "history", "--no-trunc", "--human=false", "--format={{.Size}}", image)
    return sum(map(int, sizes.split()))


def layers_of(image):
    return json.loads(run("docker", "image", "inspect", "--format={{json .RootFS.Layers}}", image))


def emulated(fleet):
    """The seconds that the templates of before take for a small service under emulation, and ours."""
    if not Path("/proc/sys/fs/binfmt_misc/qemu-aarch64").exists():
        sys.exit("--emulated needs emulation of linux/arm64")
    text = run("git", "show", f"{BEFORE}:{SMALL}", cwd=REPOSITORY)
    file = fleet.tree.parent / "Dockerfile"
    file.write_text(text.replace("debian:trixie-slim", "debian:trixie-slim-arm64"))
    words = ["--no-cache", "--output=type=cacheonly", "--platform", ARM64, "--file", file, fleet.tree]
    before = build(["docker", "buildx", "build", *words])
    return before, fleet.from_nothing([ARM64], "vm")


def shown(value, digits=1):
    return "–" if value is None else f"{value:.{digits}f}"


def row(*cells):
    print(f"| {' | '.join(cells)} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("services", nargs="*", metavar="SERVICE")
    parser.add_argument("--tree", type=Path, metavar="DIR")
    parser.add_argument("--twins", nargs="*", metavar="NAME")
    parser.add_argument("--emulated", action="store_true")
    parser.add_argument("--cold", action="store_true")
    wanted = parser.parse_args()
    if wanted.tree and (wanted.twins is not None or wanted.emulated):
        parser.error("--twins and --emulated are of the miniature")
    if wanted.tree and not wanted.tree.is_dir():
        parser.error(f"{wanted.tree} is not a directory")
    with tempfile.TemporaryDirectory() as work:
        fleet = Fleet(Path(work), wanted.tree)
        unknown = [name for name in [*wanted.services, *(wanted.twins or [])] if name not in fleet.targets]
        if unknown:
            parser.error(f"no such service: {', '.join(unknown)}")
        try:
            measure(fleet, wanted)
        finally:
            forget()


def forget():
    """Removes the images that were built here; tests/engine/prepare does it where this was interrupted."""
    images = run("docker", "images", "--format={{.Repository}}:{{.Tag}}").splitlines()
    own = [image for image in images if image.startswith(f"{REGISTRY}/")]
    if own:
        run("docker", "image", "rm", "--force", *own)


def measure(fleet, wanted):
    names = wanted.services or list(fleet.targets)
    if wanted.cold:
        of_cold(fleet, names)
    fleet.bake([AMD64], "--load", *names)
    images = {name: layers_of(fleet.targets[name][0]) for name in names}
    sizes = {name: size_of(fleet.targets[name][0]) for name in names}
    every, different = sum(map(len, images.values())), len({layer for all_ in images.values() for layer in all_})
    print(f"- sizes added up: {sum(sizes.values()) / 1e6:.0f} MB; layers: {every}, different ones: {different}")
    dockwright = [fleet.dockwright, "build", "--tree", fleet.tree, "--registry", REGISTRY]
    both = ["--platform", f"{AMD64},{ARM64}", *wanted.services]
    run(*dockwright, *both, cwd=REPOSITORY)
    warm = seconds(lambda: run(*dockwright, *both, cwd=REPOSITORY))
    print(f"- {len(names)} services, one call of `dockwright build` for both platforms, warm: {warm:.1f} s", flush=True)
    healthy = {}
    if fleet.is_miniature and not wanted.services:
        try:
            up, healthy = fleet.until_healthy()
            print(f"- all started at once, until the last was healthy: {up:.1f} s")
        except SystemExit as why:
            print(f"not started: {why}", file=sys.stderr)  # another project may have the networks
    print()
    row("service", "size, MB", "layers", "healthy, s", "amd64 from nothing, s", "arm64 from nothing, s", "ratio",
        "after a change, s", "twin, MB", "ratio", "twin from nothing, s", "twin after a change, s")
    print(f"|---|{'--:|' * 11}")
    for name in names:
        make_room()
        of_service(fleet, wanted, name, sizes[name], len(images[name]), healthy.get(name))
    print()
    if wanted.emulated:
        before, now = emulated(fleet)
        print(f"- vm for linux/arm64 from nothing: {now:.1f} s; emulated, with the templates of before: {before:.1f} s",
              flush=True)


def of_cold(fleet, names):
    """The seconds of one call of `dockwright build` for all, with neither layers nor downloads in the builder.

    A call that fails is told, and made again from the beginning: an engine under load ends one now and then.
    """
    words = [fleet.dockwright, "build", "--tree", fleet.tree, "--registry", REGISTRY, *names]
    for platforms in ([AMD64], [ARM64], [AMD64, ARM64]):
        for _ in range(3):
            run("docker", "builder", "prune", "--all", "--force")
            start = time.monotonic()
            of_platforms = [f"--platform={platform}" for platform in platforms]
            result = subprocess.run([*words, *of_platforms], cwd=REPOSITORY, capture_output=True, text=True, check=False)
            took = time.monotonic() - start
            if result.returncode == 0:
                print(f"- {len(names)} cold, {' and '.join(platforms)}: {took:.1f} s", flush=True)
                break
            print(f"cold, {platforms}, failed after {took:.1f} s:", file=sys.stderr)
            print((result.stdout + result.stderr)[-3000:], file=sys.stderr, flush=True)
        else:
            sys.exit("the engine fails again and again")


# Each build from nothing leaves its steps in the cache, which nobody uses again.
NEEDED = 15e9


def make_room():
    """Removes the steps that were used last some minutes ago where the engine's disk is nearly full: no cache mount."""
    root = Path(run("docker", "info", "--format={{.DockerRootDir}}").strip())
    if root.is_dir() and shutil.disk_usage(root).free < NEEDED:
        run("docker", "builder", "prune", "--force", "--filter=type=regular", "--filter=until=5m")


def of_service(fleet, wanted, name, size, layers, healthy):
    _, dockerfile = fleet.targets[name]
    amd64, arm64 = (fleet.from_nothing([platform], name) for platform in (AMD64, ARM64))
    fleet.bake([AMD64], "--load", name)
    again = fleet.after_a_change(dockerfile, lambda: fleet.bake([AMD64], "--load", name))
    of_twin = [None] * 4
    is_python = "/opt/venv" in dockerfile.read_text() and sources(dockerfile)
    if is_python and wanted.twins is not None and (not wanted.twins or name in wanted.twins):
        twin_size, cold, twin_again = Twin(fleet, name, dockerfile).figures(dockerfile)
        of_twin = [twin_size / 1e6, size / twin_size, cold, twin_again]
    row(name, shown(size / 1e6), str(layers), shown(healthy), shown(amd64), shown(arm64), shown(arm64 / amd64, 2),
        shown(again), shown(of_twin[0]), shown(of_twin[1], 2), shown(of_twin[2]), shown(of_twin[3]))


if __name__ == "__main__":
    main()
