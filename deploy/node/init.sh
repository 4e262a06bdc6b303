#!/bin/bash
# Init of a node: runs containerd, tells on fd 9 when it answers, reaps what is orphaned, ends with containerd.
set -uo pipefail

socket=/run/containerd/containerd.sock
containerd --config "/etc/containerd/config-$KATANET_CONTAINERD.toml" >/var/log/containerd.log 2>&1 7<&- 9>&- &
containerd=$!
echo "$containerd" >/run/containerd.pid

until [ -S "$socket" ] && timeout 10 ctr version >/dev/null 2>&1; do
    kill -0 "$containerd" 2>/dev/null || { echo "init: containerd ended before it answered"; exit 1; }
    sleep 0.05
done
echo ready >&9
exec 9>&-

wait "$containerd"
echo "init: containerd ended with $?"
