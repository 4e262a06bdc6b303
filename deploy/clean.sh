#!/bin/bash
# Deletes what was built. Nodes that still run are stopped first; --one-file-system keeps a forgotten mount's content safe.
set -euo pipefail

repo=$(cd "$(dirname "$0")/.." && pwd)
cd "$repo"
for run in .node/run/*/; do
    [ -d "$run" ] || continue
    deploy/node/node.sh stop "$(basename "$run")"
done
rm -rf --one-file-system artifacts
find . -type d \( -name bin -o -name obj \) -not -path './.node/*' -not -path './.git/*' -prune -exec rm -rf --one-file-system {} +
echo "clean: done; the node's tree stays cached in .node (delete the folder to build it anew)"
