#!/bin/sh
# Generates the files of 10,000 services where nothing is, and copies them with `cp -r`, which makes nothing
# durable. Both runs are in one go, on the same disk, each round anew; the last line compares the fastest of each, because a virtual disk is slowed down at times.
#
#   cargo build --release && sh benches/write.sh [SERVICES] [ROUNDS]
#
# Files and directories are made below TMPDIR (default /tmp) and removed at the end. Needs Python 3.11.
set -eu

repository=$(pwd)
dockwright=$repository/target/release/dockwright
count=${1:-10000}
rounds=${2:-3}
work=$(mktemp -d "${TMPDIR:-/tmp}/dockwright-bench-XXXXXX")
trap 'rm -rf "$work"' EXIT
python3 benches/peers/fleet.py "$count" services.toml > "$work/services.toml"
cd "$work"

seconds() { date +%s.%N; }
for round in $(seq "$rounds"); do
    rm -rf generated copy
    sync
    start=$(seconds)
    "$dockwright" gen > written.txt 2> told.txt
    written=$(seconds)
    "$dockwright" gen --check > checked.txt 2> told.txt
    checked=$(seconds)
    sync
    copying=$(seconds)
    cp -r generated copy
    copied=$(seconds)
    diff -r generated copy > /dev/null || { echo "the copy differs"; exit 1; }
    echo "$round $start $written $checked $copying $copied" >> times.txt
done
awk -v n="$count" -v files="$(find generated -type f | wc -l)" '
    function least(a, b) { return a == "" || b < a ? b : a }
    {
        gen = $3 - $2; check = $4 - $3; copy = $6 - $5
        printf "round %d: gen %.2f s, gen --check %.2f s, cp -r %.2f s\n", $1, gen, check, copy
        g = least(g, gen); c = least(c, copy)
    }
    END { printf "%d services, %d files: gen %.2f s, cp -r %.2f s, %.1f times\n", n, files, g, c, g / c }
' times.txt
