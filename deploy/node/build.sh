#!/bin/bash
# Builds the tree of the test node and prints its path. The tree is named after its package list, so a change
# builds another one; half a tree is never seen, because it gets its name last.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=${KATANET_NODE_DIR:-$(cd "$here/../.." && pwd)/.node}
suite=testing
# Older containerds, taken from Debian's earlier releases: suite=version.
older=(trixie=1.7 bookworm=1.6)

say() { echo "node: $*" >&2; }

fail() {
    say "$*"
    exit 1
}

hash=$(cat "$here/packages.txt" "$here/build.sh" | sha256sum | cut -c1-12)
tree=$cache/tree-$hash
if [ -d "$tree" ]; then
    echo "$tree"
    exit 0
fi

[ "$(id -u)" = 0 ] || fail "building the node needs root (it is a Debian tree with its own owners and devices)"
command -v mmdebstrap >/dev/null || fail "mmdebstrap is missing: run 'make setup'"
mkdir -p "$cache"
exec 8>"$cache/build.lock"
flock --nonblock 8 || { say "waiting for another build to end"; flock 8; }
if [ -d "$tree" ]; then
    echo "$tree"
    exit 0
fi

# The name of an unfinished tree holds no pid: the lock is ours, so what lies there is left over from a build that died.
temp=$cache/unfinished
rm -rf --one-file-system "$temp"
trap 'rm -rf --one-file-system "$temp"' EXIT
mkdir -p "$temp"

bootstrap() {
    local log=$temp/log
    mmdebstrap --mode=root --aptopt='Acquire::Check-Valid-Until "false"' "$@" >"$log" 2>&1 || {
        cat "$log" >&2
        fail "mmdebstrap failed, see above (arguments: $*)"
    }
}

packages=$(sed -e 's/#.*//' "$here/packages.txt" | tr -s ' \n' ',,' | sed -e 's/^,//' -e 's/,$//')
say "building a Debian $suite tree in $cache (about a minute, some 700 MB) ..."
bootstrap --variant=minbase --include="$packages" "$suite" "$temp/tree"

for pair in "${older[@]}"; do
    from=${pair%=*} version=${pair#*=}
    say "fetching containerd $version from Debian $from ..."
    bootstrap --variant=extract --include=containerd "$from" "$temp/$from"
    mkdir -p "$temp/tree/opt/containerd-$version/bin"
    for name in containerd ctr containerd-shim-runc-v2; do
        cp "$temp/$from/usr/bin/$name" "$temp/tree/opt/containerd-$version/bin/"
    done
done

# Docker as Debian has it beside containerd 1.7. Its own runc and containerd are those of the tree.
say "fetching Docker 26 from Debian trixie ..."
bootstrap --variant=extract --include=docker.io trixie "$temp/docker"
mkdir -p "$temp/tree/opt/docker-26/bin"
for name in dockerd docker-proxy; do
    cp "$(find "$temp/docker/usr" -name "$name" -type f)" "$temp/tree/opt/docker-26/bin/"
done

# What scrapes the monitor in a test, without all that Debian's package brings along.
say "fetching Prometheus from Debian $suite ..."
bootstrap --variant=extract --include=prometheus "$suite" "$temp/prometheus"
mkdir -p "$temp/tree/opt/prometheus/bin"
cp "$temp/prometheus/usr/bin/"{prometheus,promtool} "$temp/tree/opt/prometheus/bin/"

# Places that a running node mounts something upon: the tree itself is mounted read-only.
mkdir -p "$temp"/tree/{state,etc/cni/net.d,etc/containerd,etc/katanet,opt/containerd/bin,opt/containerd/lib,opt/cni/bin,opt/katanet/bin,usr/share/katanet,var/lib/containerd,var/lib/docker,var/lib/cni,var/lib/kubelet,etc/docker}
for name in containerd-shim-katanet-v2 katanet-fsd katanet-agent katanet; do
    ln -s "/opt/katanet/bin/$name" "$temp/tree/usr/local/bin/$name"
done
# Whoever may read the node's files may read the kernel: tools without root look at it.
chmod a+r "$temp"/tree/boot/vmlinuz-*

mv "$temp/tree" "$tree"
: >"$tree.lock"

# A running node holds a shared lock on its tree; trees that nobody holds are of no use any more.
for old in "$cache"/tree-*; do
    [ -d "$old" ] && [ "$old" != "$tree" ] || continue
    if flock --nonblock --exclusive "$old.lock" rm -rf --one-file-system "$old"; then
        rm -f "$old.lock"
    fi
done
say "built $tree"
echo "$tree"
