#!/bin/bash
# Makes a container image from a busybox: busybox-image.sh BUSYBOX OUT.tar [NAME]. The form is that of `docker save`,
# which `ctr images import` reads; no registry is asked.
set -euo pipefail

busybox=$1 out=$2 name=${3:-docker.io/library/busybox:local}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work"/root/{bin,etc,tmp,root,proc,sys,dev,var/tmp}
chmod 1777 "$work"/root/{tmp,var/tmp}
cp "$busybox" "$work/root/bin/busybox"
"$busybox" --list | grep -vx busybox | while read -r applet; do ln -s busybox "$work/root/bin/$applet"; done
echo 'root:x:0:0:root:/root:/bin/sh' >"$work/root/etc/passwd"
echo 'root:x:0:' >"$work/root/etc/group"
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -C "$work/root" -cf "$work/layer.tar" .
layer=$(sha256sum "$work/layer.tar" | cut -d' ' -f1)
cat >"$work/config.json" <<END
{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/bin"],"Cmd":["/bin/sh"]},
 "rootfs":{"type":"layers","diff_ids":["sha256:$layer"]}}
END
echo "[{\"Config\":\"config.json\",\"RepoTags\":[\"$name\"],\"Layers\":[\"layer.tar\"]}]" >"$work/manifest.json"
tar -C "$work" -cf "$out" manifest.json config.json layer.tar
