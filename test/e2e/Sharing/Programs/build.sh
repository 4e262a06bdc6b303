#!/bin/bash
# Builds a small Debian tree with real programs that share files (git, make, a C compiler, SQLite, LMDB) and ours of this folder, and
# prints the folder that it is in: tree/ (their loader runs them on the host too), layer.tar (the same for an image). Some ten seconds.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=$(cd "$here/../../../.." && pwd)/artifacts/sharing
suite=trixie
packages=(base-files coreutils dash diffutils findutils git grep libc6-dev liblmdb-dev libsqlite3-dev make sed tcc util-linux)
libraries='rows:sqlite3 pairs:lmdb'

hash=$(cat "$here"/* | sha256sum | cut -c1-12)
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
if [ -d "$cache/$hash" ]; then
    echo "$cache/$hash"
    exit 0
fi

[ "$(id -u)" = 0 ] || { echo "sharing: building the tree needs root" >&2; exit 1; }
# Trees of other versions are of no use any more, nor is half of one. They may hold nothing that is mounted.
find "$cache" -mindepth 1 -maxdepth 1 -type d -exec rm -rf --one-file-system {} +
temp=$cache/unfinished
mkdir -p "$temp"
trap 'rm -rf --one-file-system "$temp"' EXIT

fail() {
    cat "$temp/log" >&2
    echo "sharing: $1 failed, see above" >&2
    exit 1
}

mmdebstrap --mode=root --variant=extract --aptopt='Acquire::Check-Valid-Until "false"' \
    --include="$(IFS=,; echo "${packages[*]}")" "$suite" "$temp/tree" >"$temp/log" 2>&1 || fail mmdebstrap
tree=$temp/tree
for program in "$here"/*.c; do
    name=$(basename "$program" .c)
    library=$(sed -n "s/.*\b$name:\([a-z0-9]*\).*/-l\1/p" <<<"$libraries")
    cp "$here/shared.h" "$program" "$tree/tmp/"
    # shellcheck disable=SC2086 # no library is no word
    chroot "$tree" tcc -Wall -Werror -o "/usr/bin/$name" "/tmp/$name.c" $library >"$temp/log" 2>&1 || fail "compiling $name"
    rm "$tree/tmp/shared.h" "$tree/tmp/$name.c"
done

# What no test needs: git's parts in Perl and for the network, translations, documentation, static libraries.
cd "$tree"
rm -rf usr/share/{doc,man,locale,perl,perl5,zoneinfo,bash-completion,info} usr/lib/x86_64-linux-gnu/{perl,perl-base,gconv,systemd} var/{cache,lib}/* \
    usr/lib/git-core/{git-{daemon,http-*,imap-send,remote-*,shell,sh-i18n--envsubst},scalar}
rm -f usr/bin/{perl*,scalar,git-shell} usr/lib/x86_64-linux-gnu/{libperl*,libc.a,libcrypt.a,libsqlite3.a,liblmdb.a,libm-*.a,libmvec.a}
printf 'root:x:0:0:root:/root:/bin/sh\n' >etc/passwd
printf 'root:x:0:\n' >etc/group
mkdir -p data
tar --create --file "$temp/layer.tar" --sort=name --mtime=@1000000000 --numeric-owner --exclude='./dev/*' .
rm -f "$temp/log"
cd "$cache"
mv "$temp" "$cache/$hash"
echo "$cache/$hash"
