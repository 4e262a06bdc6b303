#!/bin/bash
# Installs what building needs and is missing: mmdebstrap for the node, clang and lld for static NativeAOT programs,
# zstd, xz and cpio for the guest.
set -euo pipefail

wanted=(mmdebstrap debian-archive-keyring clang lld zlib1g-dev zstd xz-utils cpio util-linux procps)
missing=()
for package in "${wanted[@]}"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
if ! command -v dotnet >/dev/null; then
    echo "setup: the .NET 10 SDK is missing; it is the one thing to install by hand" >&2
    exit 1
fi
[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" != 0 ]; then
    echo "setup: run as root, or install first: ${missing[*]}" >&2
    exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
run() {
    "$@" >"$log" 2>&1 </dev/null || { cat "$log" >&2; echo "setup: failed: $*" >&2; exit 1; }
}
echo "setup: refreshing the package lists ..." >&2
run apt-get -qq update
echo "setup: installing ${missing[*]} ..." >&2
run apt-get -qq install -y --no-install-recommends "${missing[@]}"
