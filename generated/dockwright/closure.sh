#!/bin/sh
# Written by dockwright from services.toml; change it there, then run: dockwright gen
# dockwright:body=sha256:3ef708a64af644f2
# Stages programs, and the shared libraries they need, for an image that has neither a shell nor a linker cache.
#
#     closure.sh ROOTFS RUNTIME PATH…
#
# ROOTFS   the tree to fill; what is in it goes to the same place in the image
# RUNTIME  the file system of the image to run on: a library it has is taken from there
# PATH     a program, a plugin module that is opened by name at run time, or a whole directory;
#          !PATH leaves something out again, a trailing * in it matches the rest of a name;
#          =PATH is a tree that gets into the image on its own, and of which only the libraries are staged
#
# Every path is staged where it really lies (/usr/lib, never the link /lib): a staged /lib would take the place
# of the base's link. Packages whose files are staged get an entry in /var/lib/dpkg/status.d, the place where
# vulnerability scanners look in images without a package manager.
set -eu
export LC_ALL=C
umask 022

fail() { echo "closure.sh: $*" >&2; exit 1; }

[ $# -ge 3 ] || fail "usage: closure.sh ROOTFS RUNTIME PATH..."
rootfs=$1 runtime=${2%/}
shift 2
[ -d "$runtime/usr" ] || fail "$runtime is not the file system of an image"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The path of a file itself, links among its parents resolved, merged /usr or not.
place() {
    case $1 in /*) ;; *) fail "$1: not an absolute path" ;; esac
    parent=$(readlink -f "$(dirname "$1")") || fail "$1: no such directory"
    case $parent in /bin | /bin/* | /sbin | /sbin/* | /lib | /lib/* | /lib64 | /lib64/*) parent=/usr$parent ;; esac
    printf '%s/%s\n' "${parent%/}" "$(basename "$1")"
}

# A file and, where it is a link, each link on the way to what it stands for.
with_targets() {
    link=$1
    while :; do
        place "$link"
        [ -L "$link" ] || return 0
        next=$(readlink "$link")
        case $next in /*) link=$next ;; *) link=$(dirname "$link")/$next ;; esac
        [ -e "$link" ] || return 0
    done
}

# 1. What the caller names.
: >"$work/named"
: >"$work/omitted"
: >"$work/looked"
for path in "$@"; do
    case $path in
    !*) echo "${path#!}" >>"$work/omitted" ;;
    =*) find "${path#=}" -type f >>"$work/looked" || fail "${path#=}: no such directory in the builder" ;;
    *)
        [ -e "$path" ] || fail "$path: no such file in the builder"
        with_targets "$path" >>"$work/named"
        if [ -d "$path" ]; then find "$(readlink -f "$path")" -mindepth 1 >>"$work/named"; fi
        ;;
    esac
done
# What was not left out; a pattern stands for a file or for a directory with all in it.
kept() {
    while IFS= read -r path; do
        while IFS= read -r pattern; do
            # shellcheck disable=SC2254 # a pattern is meant as one
            case $path in $pattern | $pattern/*) continue 2 ;; esac
        done <"$work/omitted"
        printf '%s\n' "$path"
    done
}
# A file that others may not read is of no use to user 65532, and mostly a key that the installation made.
unreadable() { tr '\n' '\0' | xargs -0r sh -c 'find -L "$@" -maxdepth 0 -type f ! -perm -004' find; }
unreadable <"$work/named" >>"$work/omitted"
kept <"$work/named" >"$work/wanted"
# A link that was left out brings nothing with it: its target is followed only now.
while IFS= read -r path; do
    [ -L "$path" ] || continue
    with_targets "$path"
    if [ -d "$path" ]; then find "$(readlink -f "$path")"; fi
done <"$work/wanted" >"$work/linked"
unreadable <"$work/linked" >>"$work/omitted"
sort -u "$work/wanted" "$work/linked" | kept >"$work/all"

# 2. The libraries they need, as the loader itself finds them without a cache: by RUNPATH, then in the default places.
for loader in /lib64/ld-linux-*.so.? /lib/ld-linux-*.so.?; do [ -x "$loader" ] && break; done
[ -x "$loader" ] || fail "this builder has no dynamic loader of glibc"
sort -u "$work/all" "$work/looked" >"$work/there"
sed 's:.*/::' "$work/there" | sort -u >"$work/names"
: >"$work/needed"
: >"$work/elf"
while IFS= read -r path; do
    case $path in *.so | *.so.*) ;; *) [ -x "$path" ] || continue ;; esac
    if [ ! -f "$path" ] || [ -L "$path" ]; then continue; fi
    verdict=0
    "$loader" --verify "$path" >/dev/null 2>&1 || verdict=$?
    case $verdict in 0 | 2) ;; *) continue ;; esac # a script, or statically linked
    echo "$path" >>"$work/elf"
    LD_TRACE_LOADED_OBJECTS=1 "$loader" --inhibit-cache "$path" >"$work/list" 2>&1 || { cat "$work/list" >&2; fail "$path: the loader refuses it"; }
    sed -n 's/^[[:space:]]*\(.*\) => not found.*/\1/p' "$work/list" >"$work/lost"
    while IFS= read -r name; do
        # A library of the same tree is opened before by the program itself: a JVM does that.
        if grep -Fqx -- "$name" "$work/names"; then continue; fi
        # What others compiled may look for what it can do without: a driver, a plugin.
        if grep -Fqx -- "$path" "$work/looked"; then echo "closure.sh: $path needs $name, which is not found" >&2; continue; fi
        fail "$path needs $name, which is not found: install its package, or leave the file out with !$path"
    done <"$work/lost"
    if grep "version .* not found" "$work/list" >&2; then fail "$path: wrong version of a library"; fi
    sed -n 's/^[[:space:]]*.* => \(\/.*\) (0x[0-9a-f]*)$/\1/p; s/^[[:space:]]*\(\/.*\) (0x[0-9a-f]*)$/\1/p' "$work/list" >>"$work/needed"
done <"$work/there"
sort -u "$work/needed" >"$work/libraries"
while IFS= read -r library; do with_targets "$library"; done <"$work/libraries" | sort -u >"$work/closure"

# 3. Minus what the image has. The C library is always the image's own: two of them do not mix.
in_runtime() { [ -e "$runtime$1" ] || [ -L "$runtime$1" ]; }
comm -13 "$work/there" "$work/closure" >"$work/libraries"
while IFS= read -r path; do
    name=${path##*/}
    case $name in
    ld-linux-* | libc.so.* | libm.so.* | libmvec.so.* | libdl.so.* | libpthread.so.* | librt.so.* | libresolv.so.* | libutil.so.* | libanl.so.*)
        find "$runtime/usr/lib" "$runtime/usr/lib64" -name "$name" 2>/dev/null | grep -q . ||
            fail "$name is part of the C library, and the image to run on has none"
        ;;
    *) in_runtime "$path" || printf '%s\n' "$path" ;;
    esac
done <"$work/libraries" >"$work/copy.libraries"
while IFS= read -r path; do
    if in_runtime "$path" && { [ -d "$path" ] || cmp -s "$path" "$runtime$path"; }; then continue; fi
    printf '%s\n' "$path"
done <"$work/all" >"$work/copy.named"
sort -u "$work/copy.named" "$work/copy.libraries" >"$work/copy"

# 4. A program built against a newer C library than the image's would not start. An older version that the image does
#    not name is none of its architecture, and only a word in the file.
find "$runtime/usr/lib" -name 'lib*.so.*' -exec grep -aho 'GLIBC_[0-9][0-9.]*' {} + | sort -uV | tail -n 1 >"$work/newest"
sort -u "$work/elf" "$work/copy.libraries" | tr '\n' '\0' | xargs -0r grep -aho 'GLIBC_[0-9][0-9.]*' |
    sort -uV - "$work/newest" | awk 'NR == FNR { newest = $0; next } after { print } $0 == newest { after = 1 }' "$work/newest" - >"$work/newer"
[ ! -s "$work/newer" ] || fail "the image to run on lacks $(tr '\n' ' ' <"$work/newer")of its C library: build on the same release"

# 5. The copy, without setuid bits.
mkdir -p "$rootfs"
sed 's:^/::' "$work/copy" | tar -C / --no-recursion --verbatim-files-from -T - -cf - | tar -C "$rootfs" --no-same-owner -xpf -
find "$rootfs" -type f -perm /6000 -exec chmod ug-s {} +

# 6. What the packages are, for scanners; programs that came without a package have no entry.
command -v dpkg-query >/dev/null || exit 0
status=$rootfs/var/lib/dpkg/status.d
sed -n 's:^/usr\(/\(bin\|sbin\|lib\|lib64\)/.*\):\1:p' "$work/copy" | cat - "$work/copy" |
    while IFS= read -r path; do if [ ! -d "$path" ]; then printf '%s\n' "$path"; fi; done |
    tr '\n' '\0' | xargs -0r dpkg-query -S 2>/dev/null | { grep -v '^diversion ' || :; } | sed 's#: /.*##; s/, /\n/g' | sort -u >"$work/packages"
while IFS= read -r package; do
    name=${package%%:*}
    if [ -e "$runtime/var/lib/dpkg/status.d/$name" ]; then continue; fi
    mkdir -p "$status" "$rootfs/usr/share/doc/$name"
    dpkg-query -s "$package" | sed '/^Status:/d; /^Conffiles:/,/^[^ ]/{/^Conffiles:/d; /^ /d;}' >"$status/$name"
    for sums in "/var/lib/dpkg/info/$name.md5sums" "/var/lib/dpkg/info/$package.md5sums"; do
        [ -e "$sums" ] || continue
        while read -r sum path; do
            if [ -e "$rootfs/$path" ] || [ -e "$rootfs/usr/$path" ]; then echo "$sum  $path"; fi
        done <"$sums" | sort -k 2 >"$status/$name.md5sums"
    done
    if [ -e "/usr/share/doc/$name/copyright" ]; then cp -L "/usr/share/doc/$name/copyright" "$rootfs/usr/share/doc/$name/copyright"; fi
done <"$work/packages"
echo "closure.sh: $(wc -l <"$work/copy") files and links, $(wc -l <"$work/packages") packages, $(du -sh "$rootfs" | cut -f1)"
