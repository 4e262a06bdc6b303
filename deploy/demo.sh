#!/bin/bash
# The demo: a container started by an unmodified containerd runs in a virtual machine of its own, on a root file system
# served by our own virtio-fs daemon. Every step says what it does and why; what is shown is what the machine says.
set -euo pipefail

cd "$(dirname "$0")/.."
node=deploy/node/node.sh
id=demo-$$
image=docker.io/library/busybox:local
runtime=${KATANET_RUNTIME:-io.containerd.katanet.v2}
work=$(mktemp -d)

finish() {
    local code=$?
    $node stop "$id"
    rm -rf "$work"
    [ "$code" = 0 ] || echo "demo: FAILED ($code)" >&2
    exit "$code"
}
trap finish EXIT

step() { printf '\n== %s\n' "$*"; }
note() { printf '   %s\n' "$*"; }
inside() { $node exec "$id" "$@"; }
run() {
    local name=$1
    shift
    note "\$ ctr run --rm --runtime $runtime $image $name ${*@Q}"
    inside timeout 120 ctr run --rm --runtime "$runtime" "$image" "$name" "$@" </dev/null | sed 's/^/   | /'
}

step "A node: Debian's own containerd and QEMU, in namespaces of their own"
$node start "$id"
note "$(inside containerd --version)"
note "$(inside qemu-system-x86_64 --version | head -n 1)"

step "An image, made on the spot from busybox: no registry is asked"
deploy/node/busybox-image.sh "$($node build)/usr/bin/busybox" "$work/image.tar" "$image"
inside sh -c 'cat > /state/image.tar && ctr images import /state/image.tar' <"$work/image.tar" | sed 's/^/   | /'

step "The same command as for any other runtime; only --runtime differs"
run hello echo "hello from a container in its own virtual machine"

step "Which kernel answers? Outside it is this machine's, inside it is the guest's"
note "outside: $(uname -r)"
run kernel uname -r | tee "$work/kernel"
if grep -qF "| $(uname -r)" "$work/kernel"; then
    note "the same kernel: this container does not run in a virtual machine"
    [ "$runtime" != io.containerd.katanet.v2 ] || exit 1
fi

step "What is the root? virtio-fs, served by katanet-fsd: the snapshot itself, no image, no copy"
run root grep ' / ' /proc/mounts

step "What a container writes is in containerd's snapshot at once"
note "\$ ctr run -d ... keeper sh -c 'echo written-in-the-guest > /made-inside; sleep 100'"
inside timeout 120 ctr run -d --runtime "$runtime" "$image" keeper sh -c 'echo written-in-the-guest > /made-inside; sleep 100'
note "waiting for the file to appear outside ..."
# shellcheck disable=SC2016 # expanded in the node
inside timeout 30 sh -c '
    until file=$(find /var/lib/containerd/*overlayfs/snapshots -name made-inside | grep .); do sleep 0.1; done
    echo "   outside: $file: $(cat $file)"'

step "The processes of this sandbox on the node"
inside ps -eo pid,ppid,rss,args --sort=pid | grep -E 'katanet|qemu' | grep -v grep | cut -c1-150 | sed 's/^/   | /' || true

step "A second process in the running container, and its exit code"
code=0
inside timeout 60 ctr task exec --exec-id second keeper sh -c 'echo pid $$ on $(uname -r); exit 7' | sed 's/^/   | /' || code=$?
note "exit code: $code"
inside timeout 30 ctr task kill --signal KILL keeper
inside timeout 30 sh -c 'until ctr task ls | grep keeper | grep -q STOPPED; do sleep 0.1; done; ctr task rm keeper >/dev/null 2>&1; ctr container rm keeper'

step "How long each stage took (from the log, one line per sandbox)"
note "fsd: until it serves; qemu: until the machine is made; kernel: until the agent speaks; agent: until the sandbox is made; crun: until it has created the container"
inside sh -c "grep -hE 'msg=.(sandbox started|container created)' /var/log/containerd.log || true" |
    sed -E 's/^time=[^ ]* level=info msg=//; s/ namespace=default//; s/^/   | /'

step "Afterwards: what is left of it on the node"
left=$(inside ps -eo args | grep -E 'katanet-fsd|containerd-shim-katanet|qemu-system' | grep -v grep || true)
note "processes: ${left:-none}"
# The folders of all sandboxes of a node stay: who uses which file, and which user ids are taken.
note "state:     $(inside sh -c 'ls -d /run/katanet/*:* 2>/dev/null' | tr '\n' ' ' | grep . || echo none)"
[ -z "$left" ] || exit 1
printf '\n== Done\n'
