#!/bin/bash
# Builds what measurements inside a guest need beside the node's tree, and prints its folder: fio with the libraries that the tree has not
# (layer/), and a kernel that has 9p, which the tree's cloud kernel has not (kernel/vmlinuz, kernel/modules/).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=${KATANET_NODE_DIR:-$(cd "$here/../.." && pwd)/.node}
node=$("$here/build.sh")

fail() {
    echo "tools: $*" >&2
    exit 1
}

tools=$cache/tools-$(cat "$here/packages.txt" "$here/build.sh" "$0" | sha256sum | cut -c1-12)
if [ -d "$tools" ]; then
    echo "$tools"
    exit 0
fi

for program in mmdebstrap xz; do
    command -v "$program" >/dev/null || fail "$program is missing: run 'make setup'"
done
exec 8>"$cache/tools.lock"
flock 8
rm -rf --one-file-system "$cache/unfinished-tools"
trap 'rm -rf --one-file-system "$cache/unfinished-tools"' EXIT
mkdir -p "$cache/unfinished-tools"
cd "$cache/unfinished-tools"
echo "tools: fetching fio and a kernel with 9p (a minute) ..." >&2
mmdebstrap --mode=root --aptopt='Acquire::Check-Valid-Until "false"' --variant=extract --include=fio,linux-image-amd64 testing all >log 2>&1 || {
    cat log >&2
    fail "mmdebstrap failed, see above"
}

# What the tree has stays the tree's: two C libraries do not mix.
libraries=usr/lib/x86_64-linux-gnu
mkdir -p "new/layer/$libraries" new/layer/usr/bin
cp all/usr/bin/fio new/layer/usr/bin/
"$node/lib64/ld-linux-x86-64.so.2" --library-path "$node/$libraries:all/$libraries:all/$libraries/ceph" --list all/usr/bin/fio >needed
! grep -q 'not found' needed || fail "fio lacks libraries: $(grep 'not found' needed)"
awk '$3 ~ /^all\// { print $3 }' needed | while read -r library; do
    mkdir -p "new/layer/$(dirname "${library#all/}")"
    cp "$library" "new/layer/${library#all/}"
done

kernel=$(find all/usr/lib/modules -name vmlinuz)
release=$(basename "$(dirname "$kernel")")
mkdir -p "new/kernel/lib/modules/$release"
cp "$kernel" new/kernel/vmlinuz
for part in net/9p fs/9p fs/netfs fs/overlayfs drivers/char/hw_random; do
    mkdir -p "new/kernel/lib/modules/$release/kernel/$part"
    cp "all/usr/lib/modules/$release/kernel/$part"/*.ko* "new/kernel/lib/modules/$release/kernel/$part/"
done
cp all/usr/lib/modules/"$release"/modules.{order,builtin,builtin.modinfo} "new/kernel/lib/modules/$release/"
find new/kernel -name '*.ko.xz' -exec xz -d {} +
"$node/lib64/ld-linux-x86-64.so.2" --argv0 depmod --library-path "$node/$libraries" "$node/usr/bin/kmod" -b "$PWD/new/kernel" "$release"
ln -s "lib/modules/$release" new/kernel/modules
mv new "$tools"
echo "$tools"
