#!/bin/bash
# The test node: a Debian tree of its own, in namespaces of its own, with containerd up and our handler installed.
# The host's packages, mounts, network and containerd stay as they are. Several nodes may run at once.
#
#   node.sh build              build the tree when it is missing, print its path
#   node.sh start [ID]         start a node, return when its containerd answers
#   node.sh exec ID CMD ...    run a command in it, return its exit code
#   node.sh stop [ID]          end every process of it and delete its state
#   node.sh shell [CMD ...]    start a node with an image (docker.io/library/busybox:local), run a shell or the command, stop the node
#   node.sh list               ids of the nodes that run
#
# Environment: KATANET_CONTAINERD  version to run: 2.1 (default), 1.7 or 1.6
#              KATANET_NODE_BARE   1 starts a node without our programs and settings, that can be written to
#              KATANET_NODE_DIR    where trees are cached (default: .node in the repository)
#              KATANET_RUN_DIR     where running nodes keep their state (default: .node/run in the repository);
#                                  must lie on a file system that overlayfs accepts as upper layer, such as ext4
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
repo=$(cd "$here/../.." && pwd)
runs=${KATANET_RUN_DIR:-$repo/.node/run}
start_timeout=60

fail() {
    echo "node: $*" >&2
    exit 1
}

needs_root() {
    [ "$(id -u)" = 0 ] || fail "this needs root: the node has mount, pid and network namespaces of its own"
}

check_id() {
    [[ $1 =~ ^[a-z0-9][a-z0-9.-]{0,40}$ ]] || fail "bad node id '$1': use small letters, digits, '-' and '.'"
}

# Host pid of the node's init, or nothing.
init_pid() {
    local outer
    outer=$(cat "$runs/$1/pid" 2>/dev/null) || return 0
    cat "/proc/$outer/task/$outer/children" 2>/dev/null | tr -d ' ' || true
}

start() {
    local id=$1 version=${KATANET_CONTAINERD:-2.1} tree run ready line=
    check_id "$id"
    needs_root
    [ -f "$repo/deploy/containerd/config-$version.toml" ] || fail "no such containerd: '$version' (2.1, 1.7 or 1.6)"
    tree=$("$here/build.sh")
    run=$runs/$id
    if [ -d "$run" ]; then
        [ -z "$(init_pid "$id")" ] || fail "node '$id' runs already"
        stop "$id"
    fi
    mkdir -p "$run"/state/{containerd,docker,kubelet,log}
    mkfifo "$run/ready"
    KATANET_NODE_TREE=$tree KATANET_NODE_RUN=$run KATANET_NODE_ID=$id KATANET_NODE_REPO=$repo KATANET_CONTAINERD=$version \
        setsid "$here/namespaces.sh" </dev/null >"$run/log" 2>&1 9>"$run/ready" &
    echo $! >"$run/pid"
    # End of file comes when the node dies, so a failed start does not wait for the time-out.
    read -r -t "$start_timeout" line <"$run/ready" || true
    if [ "$line" != ready ]; then
        cat "$run/log" "$run/state/log/containerd.log" >&2 2>/dev/null || true
        stop "$id"
        fail "node '$id' did not come up within $start_timeout s, see its log above"
    fi
}

run_in() {
    local id=$1 pid
    shift
    pid=$(init_pid "$id")
    [ -n "$pid" ] || fail "node '$id' does not run"
    "$here/cgroups.sh" enter "$id"
    exec nsenter --target "$pid" --mount --uts --ipc --net --pid --cgroup --wdns=/root -- \
        env -i PATH="$(tr '\0' '\n' <"/proc/$pid/environ" | sed -n 's/^PATH=//p')" \
        HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 "$@"
}

stop() {
    local id=$1 run=$runs/$1 pid outer
    check_id "$id"
    [ -d "$run" ] || return 0
    pid=$(init_pid "$id")
    outer=$(cat "$run/pid" 2>/dev/null || true)
    # The pid namespace ends with its init, and the mounts and the network with the last process.
    [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true
    [ -z "$outer" ] || [ ! -d "/proc/$outer" ] || timeout 30 tail -s 0.02 --pid="$outer" -f /dev/null ||
        fail "node '$id': its processes do not end (outer pid $outer)"
    "$here/cgroups.sh" remove "$id"
    rm -rf --one-file-system "$run"
}

list() {
    local run
    for run in "$runs"/*/; do
        run=$(basename "$run")
        [ -z "$(init_pid "$run")" ] || echo "$run"
    done
}

shell() {
    local id=shell-$$ code=0
    # shellcheck disable=SC2064 # the id is fixed now
    trap "stop $id" EXIT
    start "$id"
    "$here/busybox-image.sh" "$("$here/build.sh")/usr/bin/busybox" "$runs/$id/state/busybox.tar"
    (run_in "$id" ctr --namespace default images import /state/busybox.tar >/dev/null)
    if [ $# -eq 0 ]; then
        (run_in "$id" bash -i) || code=$?
    else
        (run_in "$id" bash -c "$*") || code=$?
    fi
    exit "$code"
}

verb=${1:-}
[ $# -eq 0 ] || shift
case $verb in
    build) "$here/build.sh" ;;
    start) start "${1:-default}" ;;
    exec) [ $# -ge 2 ] || fail "exec needs an id and a command"; needs_root; run_in "$@" ;;
    stop) needs_root; stop "${1:-default}" ;;
    shell) needs_root; shell "$@" ;;
    list) list ;;
    *) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2 ;;
esac
