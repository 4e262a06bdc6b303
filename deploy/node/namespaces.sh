#!/bin/bash
# First step of a node, on the host: join the node's cgroups, hold the tree's lock, make the namespaces. Called by node.sh only.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
"$here/cgroups.sh" enter "$KATANET_NODE_ID"
# Held by every process of the node: build.sh deletes no tree whose lock is taken.
exec 7<"$KATANET_NODE_TREE.lock"
flock --shared 7
exec unshare --mount --pid --net --ipc --uts --cgroup --fork --kill-child --propagation private -- "$here/root.sh"
