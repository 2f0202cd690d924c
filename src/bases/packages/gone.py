"""Writes the packages that Debian 11 or 12 has and a later release has not, by the last release that has them, and
those that only Debian 13 has and that differ from one of them in their numbers alone.

gone.py DIRECTORY BULLSEYE BOOKWORM TRIXIE    the Packages files of main, binary-amd64, uncompressed
"""

import collections
import os
import re
import sys

# Libraries that only Debian's own builds name, and compilers for other machines.
UNUSUAL = re.compile(r"lib(ghc|rust)-|golang-|node-|r-(cran|bioc|other)-|linux-|gir1\.2-|.*-cross$|.*-dbg$|.*-(linux-gnu|mingw|doc|dkms)$")


def index(path):
    """The packages of a release, and how many others provide a name."""
    packages, provided = set(), collections.Counter()
    for paragraph in open(path, encoding="utf-8").read().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in paragraph.split("\n") if re.match(r"(Package|Provides): ", line))
        if "Package" in fields:
            packages.add(fields["Package"])
            provided.update({name.split()[0] for name in fields.get("Provides", "").split(",") if name.strip()})
    return packages, provided


def form(name):
    """What stays of a name when its numbers change."""
    return re.sub(r"\d+", "#", name.replace("t64", ""))


releases = {number: index(path) for number, path in zip((11, 12, 13), sys.argv[2:], strict=True)}
newest, provided = releases[13]
# What apt installs under a name: the package, or the only one that provides it.
known = {number: packages | {name for name, count in virtual.items() if count == 1} for number, (packages, virtual) in releases.items()}
later = collections.defaultdict(list)
for name in sorted(newest - releases[11][0] - releases[12][0]):
    later[form(name)].append(name)

lists = {"last_in_11.txt": [], "last_in_12.txt": [], "new_in_13.txt": set()}
for name in sorted(releases[11][0] | releases[12][0]):
    last = max(number for number in known if name in known[number])
    if last < 13 and not UNUSUAL.match(name):
        lists[f"last_in_{last}.txt"].append(name)
        lists["new_in_13.txt"].update(later[form(name)][:3])

for file, names in lists.items():
    with open(os.path.join(sys.argv[1], file), "w", encoding="utf-8") as out:
        out.writelines(f"{name}\n" for name in sorted(names))
