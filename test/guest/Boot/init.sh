#!/bin/busybox sh
# Process 1 of a test guest, from its initramfs. /modules: kernel modules in loading order; /setup: functions that the host wrote.
/bin/busybox --install -s /bin
export PATH=/bin:/usr/sbin:/usr/bin:/sbin

fail() {
    echo "test guest: $*"
    poweroff -f
}

mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sysfs /sys
for module in /modules/*.ko; do
    [ -e "$module" ] && insmod "$module"
done
. /setup
mount -t tmpfs -o mode=755 upper /upper
mkdir /upper/files /upper/work
mount_layers || fail "a layer of the root cannot be mounted"
mount -t overlay -o "lowerdir=$LAYERS,upperdir=/upper/files,workdir=/upper/work" root /root || fail "the root cannot be laid together"
cp -a /files/. /root/ || fail "a file cannot be put into the root"
for folder in dev proc sys; do
    mount --move "/$folder" "/root/$folder"
done
mkdir -p /root/dev/shm /root/dev/pts
mount -t tmpfs run /root/run
mount -t tmpfs -o mode=1777 tmp /root/tmp
mount -t tmpfs -o mode=1777 shm /root/dev/shm
mount -t devpts devpts /root/dev/pts
# In the root's own mount table nothing of the initramfs is left.
exec switch_root /root /run-commands
