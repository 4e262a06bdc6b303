#!/bin/bash
# Init of a node: runs containerd, tells on fd 9 when it answers, reaps what is orphaned, ends with containerd.
# Variables of /run/containerd.env, NAME=VALUE a line, are containerd's at its next start.
# While /run/containerd.hold is there the node does not end with containerd: it is started again as soon as the file is gone.
set -uo pipefail

socket=/run/containerd/containerd.sock
hold=/run/containerd.hold

start() {
    local variables=()
    [ ! -e /run/containerd.env ] || mapfile -t variables </run/containerd.env
    env "${variables[@]}" containerd --config "/etc/containerd/config-$KATANET_CONTAINERD.toml" >>/var/log/containerd.log 2>&1 7<&- 9>&- &
    containerd=$!
    echo "$containerd" >/run/containerd.pid
}

: >/var/log/containerd.log
start
until [ -S "$socket" ] && timeout 10 ctr version >/dev/null 2>&1; do
    kill -0 "$containerd" 2>/dev/null || { echo "init: containerd ended before it answered"; exit 1; }
    sleep 0.05
done
echo ready >&9
exec 9>&-

while :; do
    wait "$containerd"
    code=$?
    [ -e "$hold" ] || break
    echo "init: containerd ended with $code, and is started again when $hold is gone"
    while [ -e "$hold" ]; do sleep 0.05; done
    start
done
echo "init: containerd ended with $code"
