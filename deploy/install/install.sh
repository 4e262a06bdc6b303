#!/bin/bash
# Installs KataShimNet, or takes it off again: install.sh install|uninstall. It restarts nothing; what is left to do is said at the end.
#
# Environment: PREFIX   where programs go: PREFIX/bin, PREFIX/libexec, PREFIX/share (default: /usr/local)
#              DATADIR  where the guest goes (default: /usr/share/katanet, where the shim looks without settings)
#              DESTDIR  folder that stands for / (default: none); containerd is then left alone
#              BIN, GUEST  where programs and guest are taken from (default: beside this file, as in the tarball)
set -euo pipefail

here=$(dirname "$(realpath "$0")")
PREFIX=${PREFIX:-/usr/local} DATADIR=${DATADIR:-/usr/share/katanet} DESTDIR=${DESTDIR:-}
BIN=${BIN:-$here/bin} GUEST=${GUEST:-$here/guest}
programs=(containerd-shim-katanet-v2 katanet-grpc katanet-fsd katanet katanet-monitor)
documents=$PREFIX/share/doc/katanet
settings=/etc/katanet/config.yaml
# Where QEMU's vhost-user specification has libvirt look.
descriptor=/usr/share/qemu/vhost-user/50-katanet-fsd.json
# systemd looks below /usr and /usr/local; from elsewhere `systemctl enable` takes the whole path.
unit=$PREFIX/lib/systemd/system/katanet-monitor.service
handler=$PREFIX/libexec/katanet/containerd-handler

say() { echo "install: $*"; }

fail() {
    echo "install: $*" >&2
    exit 1
}

# put MODE SOURCE TARGET: by a rename, so that whoever runs or reads the old one keeps it.
put() {
    mkdir -p "$DESTDIR${3%/*}"
    install -m "$1" "$2" "$DESTDIR$3.katanet-new"
    mv -f "$DESTDIR$3.katanet-new" "$DESTDIR$3"
}

systemd_runs() { [ -d /run/systemd/system ]; }

# Standard output of "default_settings" is the settings file as it is installed.
default_settings() {
    sed "s|DOCUMENTATION|$documents|" "$here/config.yaml"
    [ "$DATADIR" = /usr/share/katanet ] || printf 'guest:\n  kernel: %s/vmlinux\n  root: %s/guest\n  initrd: %s/guest.cpio.zst\n' \
        "$DATADIR" "$DATADIR" "$DATADIR"
}

# The tree gets its name last: machines that run keep the old one open.
put_guest() {
    local name to=$DESTDIR$DATADIR
    mkdir -p "$to"
    rm -rf --one-file-system "$to"/.new "$to"/.old
    mkdir "$to/.new"
    cp -a "$GUEST/guest" "$to/.new/guest"
    chown -R 0:0 "$to/.new/guest"
    [ ! -d "$to/guest" ] || mv "$to/guest" "$to/.old"
    mv "$to/.new/guest" "$to/guest"
    rm -rf --one-file-system "$to"/.new "$to"/.old
    for name in vmlinux vmlinuz guest.cpio.zst shell.cpio.zst; do put 644 "$GUEST/$name" "$DATADIR/$name"; done
}

install_all() {
    local program
    for program in "${programs[@]}"; do
        [ -x "$BIN/$program" ] || fail "$BIN/$program is missing: run 'make publish guest'"
    done
    [ -x "$GUEST/guest/sbin/init" ] && [ -f "$GUEST/vmlinux" ] || fail "$GUEST holds no guest: run 'make publish guest'"
    for program in "${programs[@]}"; do put 755 "$BIN/$program" "$PREFIX/bin/$program"; done
    put 755 "$here/containerd-handler" "$handler"
    put_guest
    put 644 "$here/settings.yaml" "$documents/config.yaml"
    put 644 "$here/LICENSE" "$documents/copyright"
    sed "s|/usr/libexec/katanet-fsd|$PREFIX/bin/katanet-fsd|" "$here/50-katanet-fsd.json" >"$work/descriptor"
    put 644 "$work/descriptor" "$descriptor"
    sed "s|/usr/bin/katanet|$PREFIX/bin/katanet|" "$here/katanet-monitor.service" >"$work/unit"
    put 644 "$work/unit" "$unit"
    if [ -e "$DESTDIR$settings" ]; then
        say "$settings is there and stays as it is"
    else
        default_settings >"$work/settings"
        put 644 "$work/settings" "$settings"
    fi
    say "installed below ${DESTDIR:-/}: programs in $PREFIX/bin, guest in $DATADIR, settings in $settings"
    [ -z "$DESTDIR" ] || exit 0

    "$handler" add || [ $? = 3 ] || fail "the handler for Kubernetes could not be added, see above; ctr and Docker work without"
    say "now run: $PREFIX/bin/katanet check"
    ! systemd_runs || systemctl daemon-reload
    say "numbers for Prometheus: systemctl enable --now ${unit##*/}"
    say "ctr and Docker need nothing else: ctr run --rm --runtime io.containerd.katanet.v2 IMAGE NAME uname -r"
}

# owned FILE: whether the Debian package brought it. What a removed package left of its books names its settings only.
owned() { grep -qxF -- "$1" "$DESTDIR/var/lib/dpkg/info/katanet.list" 2>/dev/null; }

# Folders that others use too go only when they are empty.
uninstall_all() {
    local program file
    for file in "$DATADIR/vmlinux" "$descriptor" "$handler" "$PREFIX/bin/katanet"; do
        ! owned "$file" || fail "$file belongs to the Debian package katanet: take that off first, by 'apt remove katanet'; nothing was removed"
    done
    [ -n "$DESTDIR" ] || [ ! -x "$handler" ] || "$handler" remove
    for program in "${programs[@]}"; do rm -f "$DESTDIR$PREFIX/bin/$program"; done
    rm -rf --one-file-system "$DESTDIR$DATADIR/guest" "$DESTDIR$DATADIR"/{vmlinux,vmlinuz,guest.cpio.zst,shell.cpio.zst} "$DESTDIR$documents"
    if [ -z "$DESTDIR" ] && [ -f "$unit" ] && systemd_runs; then systemctl disable --quiet --now "${unit##*/}" || true; fi
    rm -f "$DESTDIR$descriptor" "$DESTDIR$handler" "$DESTDIR$unit"
    if [ -f "$DESTDIR$settings" ] && default_settings | cmp -s - "$DESTDIR$settings"; then
        rm -f "$DESTDIR$settings"
    elif [ -e "$DESTDIR$settings" ]; then
        say "$settings was changed and stays"
    fi
    for folder in "$DATADIR" "${handler%/*}" "${settings%/*}" "${descriptor%/*}" "${unit%/*}" "${unit%/*/*}"; do
        [ ! -d "$DESTDIR$folder" ] || rmdir --ignore-fail-on-non-empty "$DESTDIR$folder"
    done
    say "uninstalled; containers that run go on to their end"
}

# A temporary folder of our own for the files that are made from others.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# In the repository the parts lie where they are made.
if [ -f "$here/../config.yaml" ]; then
    mkdir "$work/from"
    cp "$here"/{containerd-handler,config.yaml} "$here"/../{50-katanet-fsd.json,katanet-monitor.service} "$here/../../LICENSE" "$work/from/"
    cp "$here/../config.yaml" "$work/from/settings.yaml"
    here=$work/from
fi
[ "$(id -u)" = 0 ] || [ -n "$DESTDIR" ] || fail "run as root"
case ${1:-} in
    install) install_all ;;
    uninstall) uninstall_all ;;
    *) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2 ;;
esac
