#!/bin/bash
# The installer of a node of Kubernetes, in a privileged pod of its own: it brings the programs to the node, tells containerd, checks,
# labels the node, and takes all of it back.
#
#   installer.sh run         install, then wait for SIGTERM; what is installed stays
#   installer.sh install     install, verify, label
#   installer.sh uninstall   unlabel, take off
#
# Environment: HOST     the node's root as the pod sees it (default: /host)
#              PAYLOAD  what is installed: the unpacked tarball (default: /opt/katanet)
#              PREFIX   where on the node (default: /opt/katanet)
#              NODE_NAME  this node; without it nothing is labelled
#              RESTART  command that makes containerd read its settings, run on the node (default: systemctl restart containerd); "" for none
set -euo pipefail

HOST=${HOST:-/host} PAYLOAD=${PAYLOAD:-/opt/katanet} PREFIX=${PREFIX:-/opt/katanet}
RESTART=${RESTART-systemctl restart containerd}
label=katanet.io/runtime
data=$PREFIX/share/katanet
settings=/etc/katanet/config.yaml
link=/usr/local/bin/containerd-shim-katanet-v2
# The pod is ready while it is there: "rollout status" waits for the work, not for the script's start.
done_file=/run/installed

say() { echo "installer: $*"; }

fail() {
    echo "installer: $*" >&2
    exit 1
}

on_node() { chroot "$HOST" /usr/bin/env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

part() { env PREFIX="$PREFIX" DATADIR="$data" DESTDIR="$HOST" "$PAYLOAD/install.sh" "$1"; }

# From the node's own containerd: what runs there is what has to understand the lines.
handler() {
    local version
    version=$(on_node containerd --version) || fail "the node has no containerd in its PATH"
    "$PAYLOAD/containerd-handler" "$1" --root "$HOST" --containerd "$version" "${@:2}"
}

containerd_settings() {
    local file
    for file in "$HOST"/etc/containerd/{config.toml,conf.d/katanet.toml}; do [ ! -f "$file" ] || sha256sum "$file"; done
}

# Only when what it reads is another: each restart stalls the node's pods' starts.
restart_if_changed() {
    [ "$1" != "$(containerd_settings)" ] || return 0
    if [ -n "$RESTART" ]; then
        say "on the node: $RESTART"
        # shellcheck disable=SC2086 # a command with its words
        nsenter --target 1 --mount --uts --ipc --net --pid -- $RESTART
    fi
}

# The API server takes a merge patch; null takes a label away. curl and the pod's own account are all that is needed.
set_label() {
    local account=/var/run/secrets/kubernetes.io/serviceaccount
    [ -n "${NODE_NAME:-}" ] || return 0
    curl --fail --silent --show-error --output /dev/null --max-time 30 --cacert "$account/ca.crt" \
        --header "Authorization: Bearer $(cat "$account/token")" --header 'Content-Type: application/merge-patch+json' \
        --request PATCH --data "{\"metadata\":{\"labels\":{\"$label\":$1}}}" \
        "https://${KUBERNETES_SERVICE_HOST:?}:${KUBERNETES_SERVICE_PORT:?}/api/v1/nodes/$NODE_NAME"
    say "label $label of $NODE_NAME: $1"
}

install() {
    local before
    before=$(containerd_settings)
    part install
    # By this name ctr finds it too; fsd lies beside what the link leads to.
    mkdir -p "$HOST${link%/*}"
    ln -sfn "$PREFIX/bin/${link##*/}" "$HOST$link"
    say "verifying: katanet check"
    if ! on_node "$PREFIX/bin/katanet" check; then
        # An earlier version may have put one there; pods that came now would find the programs of this one.
        set_label null || say "the label could not be taken away"
        fail "this node cannot run sandboxes, see above; containerd is left alone, and the node gets no label"
    fi
    handler add --edit-main --shim "$PREFIX/bin/${link##*/}" --settings "$settings"
    restart_if_changed "$before"
    set_label '"true"'
}

# runs PROGRAM: whether a process of the node calls itself so. A shim's first word has no folder.
runs() {
    local file first
    for file in /proc/[0-9]*/cmdline; do
        if IFS= read -r -d '' first 2>/dev/null <"$file" && [ "${first##*/}" = "$1" ]; then return 0; fi
    done
    return 1
}

# Sandboxes that run keep what they have open, but their end needs the shim's program.
uninstall() {
    local before
    set_label null || say "the label could not be taken away; the rest goes on"
    ! runs "${link##*/}" || fail "sandboxes run on this node; end them first"
    before=$(containerd_settings)
    handler remove
    part uninstall
    [ "$(readlink "$HOST$link")" != "$PREFIX/bin/${link##*/}" ] || rm "$HOST$link"
    [ ! -d "$HOST$PREFIX" ] || find "$HOST$PREFIX" -depth -type d -empty -delete
    runs katanet-fsd || runs katanet-monitor || rm -rf --one-file-system "${HOST%/}/run/katanet"
    restart_if_changed "$before"
}

# A pod that is replaced by another version must not take the runtime away; who wants it gone applies deploy/kubernetes/uninstall.
run() {
    rm -f "$done_file"
    install
    : >"$done_file"
    say "installed; waiting"
    trap 'exit 0' TERM INT
    sleep infinity &
    wait $!
}

case ${1:-} in
    run) run ;;
    install) install ;;
    uninstall) uninstall ;;
    *) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2 ;;
esac
