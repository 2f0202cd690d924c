#!/bin/sh
# Written by dockwright from services.toml; change it there, then run: dockwright gen
# dockwright:body=sha256:8e8f2f804ff7ef6c
# Unpacks Debian packages for any architecture, with their dependencies, into a directory.
#
#     packages.sh ARCHITECTURE TREE PACKAGE…
#
# ARCHITECTURE  Docker's name of it: amd64, arm64, arm, 386, ppc64le
# TREE          the directory to unpack into; a new file system with merged /usr
#
# Neither programs nor maintainer scripts of the packages run, so the architecture can differ from the builder's. apt
# resolves against an empty state, whatever is installed on the builder. TREE also gets dpkg's records of its
# packages, which closure.pl reads.
set -eu
export LC_ALL=C

[ $# -ge 3 ] || { echo 'usage: packages.sh ARCHITECTURE TREE PACKAGE...' >&2; exit 1; }
tree=$2
case $1 in 386) architecture=i386 ;; arm) architecture=armhf ;; ppc64le) architecture=ppc64el ;; *) architecture=$1 ;; esac
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/status"

# docker-clean would empty the cache that the build mounts.
rm -f /etc/apt/apt.conf.d/docker-clean
apt() {
    apt-get -o "APT::Architecture=$architecture" -o "APT::Architectures=$architecture" -o "Dir::State::status=$work/status" \
        -o APT::Install-Recommends=false -o APT::Sandbox::User=root "$@"
}
apt update
apt install --yes --download-only "$@"
apt install --simulate "$@" >"$work/plan"
sed -n 's/^Inst \([^ :]*\)[^ ]* (\([^ ]*\) .*\[\([a-z0-9-]*\)\]).*/\1 \2 \3/p' "$work/plan" >"$work/packages"
[ -s "$work/packages" ] || { echo "packages.sh: apt names no package to install" >&2; exit 1; }

info=$tree/var/lib/dpkg/info
mkdir -p "$info"
for directory in bin sbin lib lib64; do
    mkdir -p "$tree/usr/$directory"
    ln -s "usr/$directory" "$tree/$directory"
done
while read -r name version of; do
    deb=/var/cache/apt/archives/${name}_$(echo "$version" | sed 's/:/%3a/g')_$of.deb
    dpkg-deb --fsys-tarfile "$deb" | tar -C "$tree" --keep-directory-symlink -xpf -
    {
        dpkg-deb --field "$deb" Package
        echo 'Status: install ok installed'
        dpkg-deb --field "$deb" | sed 1d
        echo
    } | sed '1s/^/Package: /' >>"$tree/var/lib/dpkg/status"
    dpkg-deb --fsys-tarfile "$deb" | tar -tf - | sed 's:^\.::; s:/$::' >"$info/$name.list"
    dpkg-deb --ctrl-tarfile "$deb" | tar -xOf - ./md5sums >"$info/$name.md5sums" 2>/dev/null || rm -f "$info/$name.md5sums"
done <"$work/packages"
echo "packages.sh: $(wc -l <"$work/packages") packages for $architecture"
