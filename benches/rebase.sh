#!/bin/sh
# Moves 10,000 Dockerfiles to other bases, and does the same to copies of them with `sed -i`, which only
# replaces text: the physical limit. Both runs are in one go, on the same disk.
#
#   cargo build --release && sh benches/rebase.sh
#
# Files and directories are made below TMPDIR (default /tmp) and removed at the end.
set -eu

dockwright=$(pwd)/target/release/dockwright
count=${1:-10000}
work=$(mktemp -d "${TMPDIR:-/tmp}/dockwright-bench-XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
export XDG_STATE_HOME="$work/state"

# The shape of the fleet's own files: two stages, some 70 lines.
mkdir first
awk -v count="$count" 'BEGIN {
    for (i = 0; i < count; i++) {
        directory = sprintf("first/%03d", i / 100)
        if (i % 100 == 0) system("mkdir " directory)
        file = sprintf("%s/Dockerfile.%05d", directory, i)
        print "# syntax=docker/dockerfile:1\nFROM python:3.11-slim-bookworm AS builder\nWORKDIR /build" > file
        print "RUN apt-get update && apt-get install -y --no-install-recommends \\\n    gcc \\\n    libssl3 \\\n && rm -rf /var/lib/apt/lists/*" > file
        for (j = 0; j < 24; j++) print "# layer " j "\nCOPY --chown=65532:65532 src/module" j " /build/module" j > file
        print "RUN pip install --user -r requirements.txt\n\nFROM gcr.io/distroless/python3-debian12:nonroot" > file
        print "COPY --from=builder /root/.local/lib/python3.11/site-packages /usr/local/lib/python3.11/dist-packages" > file
        print "ENV PYTHONPATH=/usr/local/lib/python3.11/dist-packages\nLABEL n=" i "\nUSER 65532:65532" > file
        print "HEALTHCHECK CMD [\"/usr/bin/python3.11\", \"-c\", \"import socket\"]\nENTRYPOINT [\"/usr/bin/python3.11\", \"-m\", \"app\"]" > file
        close(file)
    }
}'
cp -r first second
sync

seconds() { date +%s.%N; }
start=$(seconds)
"$dockwright" rebase debian12 debian13 first > plan.txt
middle=$(seconds)
find second -name 'Dockerfile.*' -print0 | xargs -0 sed -i \
    -e 's/python3\.11/python3.13/g' -e 's/python:3\.11-slim-bookworm/python:3.13-slim-trixie/' \
    -e 's/python3-debian12/python3-debian13/' -e 's/libssl3\b/libssl3t64/'
end=$(seconds)

diff -r first second > /dev/null || { echo "the two results differ"; exit 1; }
awk -v a="$start" -v b="$middle" -v c="$end" -v n="$count" 'BEGIN {
    printf "%d Dockerfiles: rebase %.2f s, sed -i %.2f s, %.1f times\n", n, b - a, c - b, (b - a) / (c - b)
}'
