"""Measures whole processes, side by side, and prints tables in Markdown.

measure.py DOCKWRIGHT REPOSITORY WORK
"""

import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
ROUNDS = int(os.environ.get("ROUNDS", "21"))
SIZES = [int(size) for size in os.environ.get("SIZES", "1000 10000 100000").split()]


def run(arguments):
    """Runs a program that must find no difference: its seconds, those of the processor, and its memory in MB."""
    start = time.perf_counter()
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    process = os.posix_spawnp(arguments[0], arguments, os.environ, file_actions=quiet)
    _, status, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        sys.exit(f"failed: {' '.join(map(str, arguments))}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def empty_copy(work, name, directories):
    """An output directory without files."""
    out = work / "out" / name
    shutil.rmtree(out, ignore_errors=True)
    for directory in directories:
        (out / directory).mkdir(parents=True, exist_ok=True)
    return str(out)


def peers(dockwright, repository, work):
    """The 35 services, checked by each in turn."""
    expected = work / "expected"
    paths = [line.split("\t")[2].strip() for line in (work / "jq/files.tsv").open()]
    directories = {os.path.dirname(path) for path in paths}
    for path in paths:
        (expected / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(repository / "generated" / path, expected / path)

    def jinja():
        return [sys.executable, HERE / "render_jinja.py", work / "jinja", work / "values.json", expected]

    def jq():
        return [HERE / "render_jq", work / "jq", empty_copy(work, "jq", directories), expected]

    def copier():
        out = empty_copy(work, "copier", [""])
        return [HERE / "render_copier", work / "copier/template", work / "copier/data.yml", out, expected]

    def ours():
        return [dockwright, "gen", "--check", "--fleet", repository / "services.toml"]

    programs = {"dockwright gen --check": ours, "Jinja": jinja, "jq": jq, "copier": copier}
    measured = {name: [] for name in programs}
    for number in range(ROUNDS + 1):
        for name, arguments in programs.items():
            figures = run([str(argument) for argument in arguments()])
            if number > 0:  # the first round warms the caches
                measured[name].append(figures)

    print(f"| {len(paths) // 2} services | median | fastest | times as long | processor | times as much |")
    print("|---|--:|--:|--:|--:|--:|")
    own = None
    for name, figures in measured.items():
        times, processor, _ = zip(*figures)
        row = statistics.median(times), min(times), statistics.median(processor)
        own = own or row
        wall, fastest, cpu = (f"{seconds * 1000:.1f} ms" for seconds in row)
        print(f"| {name} | {wall} | {fastest} | {row[0] / own[0]:.1f} | {cpu} | {row[2] / own[2]:.1f} |")


def scale(dockwright, repository, work):
    """Larger fleets."""
    print("| services | files | `gen --check`, median | a service | processor | memory | a service |")
    print("|--:|--:|--:|--:|--:|--:|--:|")
    for size in SIZES:
        directory = work / f"fleet-{size}"
        directory.mkdir(parents=True, exist_ok=True)
        with (directory / "services.toml").open("w") as file:
            generator = [sys.executable, HERE / "fleet.py", str(size), repository / "services.toml"]
            subprocess.run(generator, stdout=file, check=True)
        fleet = ["--fleet", str(directory / "services.toml")]
        run([dockwright, "gen", *fleet])
        runs = [run([dockwright, "gen", "--check", *fleet]) for _ in range(min(ROUNDS, max(3, 50_000 // size)))]
        seconds, processor, memory = (statistics.median(column) for column in zip(*runs))
        files = sum(len(names) for _, _, names in os.walk(directory / "generated"))
        print(
            f"| {size:,} | {files:,} | {seconds * 1000:,.1f} ms | {seconds / size * 1e6:.0f} µs "
            f"| {processor * 1000:,.1f} ms | {memory:,.1f} MB | {memory / size * 1024:.1f} KB |",
            flush=True,
        )
        shutil.rmtree(directory)


def main():
    dockwright, repository, work = sys.argv[1:]
    repository, work = pathlib.Path(repository), pathlib.Path(work)
    versions = subprocess.run([HERE / "versions"], capture_output=True, text=True, check=True).stdout.split("\n")
    load = os.getloadavg()[0]
    print(f"{platform.machine()}, {os.cpu_count()} processors, load {load:.1f}; {', '.join(filter(None, versions))};")
    print(f"medians of {ROUNDS} rounds.\n")
    peers(dockwright, repository, work)
    print()
    scale(dockwright, repository, work)


main()
