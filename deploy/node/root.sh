#!/bin/bash
# Second step of a node, inside its namespaces: lay out its file system and make the tree the root. Called by namespaces.sh only.
#
# The tree is mounted read-only (but see "bare") and becomes "/" by pivot_root: containerd looks for "/" in mountinfo, and virtiofsd too, so
# a chroot is not enough. What has to be written lies on tmpfs, but for /state and containerd's root, which are on the disk.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$KATANET_NODE_TREE
repo=$KATANET_NODE_REPO
state=$KATANET_NODE_RUN/state
# A bare node is a machine that never saw us, and that packages can be installed on: its changes lie over the tree.
bare=${KATANET_NODE_BARE:-}

if [ -n "$bare" ]; then
    root=$KATANET_NODE_RUN/root
    mkdir -p "$root" "$KATANET_NODE_RUN"/changes/{upper,work}
    mount -t overlay -o "lowerdir=$KATANET_NODE_TREE,upperdir=$KATANET_NODE_RUN/changes/upper,workdir=$KATANET_NODE_RUN/changes/work" node "$root"
else
    mount --rbind "$root" "$root"
fi
cd "$root"

mount -t proc -o nosuid,nodev,noexec proc proc
mount -t sysfs -o nosuid,nodev,noexec sysfs sys
"$here/cgroups.sh" mount "$root"
mount --bind /dev dev
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777 shm dev/shm
folders=(run tmp var/tmp root mnt etc/katanet etc/cni/net.d etc/docker var/lib/cni)
[ -z "$bare" ] || folders=(run tmp var/tmp)
for folder in "${folders[@]}"; do
    mount -t tmpfs -o mode=755 tmpfs "$folder"
done
chmod 1777 tmp var/tmp
mount --bind "$state" state
mount --bind "$state/containerd" var/lib/containerd
mount --bind "$state/docker" var/lib/docker
mount --bind "$state/kubelet" var/lib/kubelet
mount --bind "$state/log" var/log
if [ -n "$bare" ]; then
    rm -rf usr/local/bin/{katanet*,containerd-shim-katanet*} usr/share/katanet etc/katanet opt/katanet
    printf 'version = %s\n' "$([ "${KATANET_CONTAINERD%%.*}" = 1 ] && echo 2 || echo 3)" >etc/containerd/config.toml
    ln -s config.toml "etc/containerd/config-$KATANET_CONTAINERD.toml"
else
    mount --bind "$repo/deploy/containerd" etc/containerd
    # A node without our programs is of use too: the tests are checked with runc.
    mkdir -p "$repo/artifacts/bin" "$repo/artifacts/guest"
    mount --bind "$repo/artifacts/bin" opt/katanet/bin
    mount --bind "$repo/artifacts/guest" usr/share/katanet
    for folder in etc/containerd opt/katanet/bin usr/share/katanet .; do
        mount -o remount,bind,ro "$folder"
    done
fi

cp "$here/init.sh" run/init
# With both arguments the same, the old root ends up on top of the new one, and is taken off at once.
cd "$root"
pivot_root . .
umount --lazy .
cd /
# As systemd has it on a real host: mount propagation into containers starts from a shared mount.
mount --make-rshared /
ip link set lo up
hostname "node-$KATANET_NODE_ID"
exec env -i PATH="/opt/containerd-$KATANET_CONTAINERD/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
    LANG=C.UTF-8 KATANET_CONTAINERD="$KATANET_CONTAINERD" bash /run/init
