#!/bin/bash
# The cgroups of a node: one folder per hierarchy, so that what containers make there never mixes with the host's.
#
#   cgroups.sh enter ID      create the folders and move the calling script's parent into them
#   cgroups.sh mount ROOT    inside a new cgroup namespace: mount the hierarchies below ROOT
#   cgroups.sh remove ID     delete them with all that is below
set -euo pipefail

# Lines "path type options": the host's hierarchies, version 1 ones and the unified one.
hierarchies() {
    awk '$3 == "cgroup" || $3 == "cgroup2" { print $2, $3, $4 }' /proc/self/mounts | sort -u -k1,1
}

enter() {
    local path
    while read -r path _; do
        mkdir -p "$path/katanet-$1"
        # A new cpuset is empty and takes nobody until it has processors and memory.
        if [ -f "$path/cpuset.mems" ] && [ -f "$path/katanet-$1/cpuset.mems" ]; then
            cat "$path/cpuset.cpus" >"$path/katanet-$1/cpuset.cpus"
            cat "$path/cpuset.mems" >"$path/katanet-$1/cpuset.mems"
        fi
        echo "$PPID" >"$path/katanet-$1/cgroup.procs"
    done < <(hierarchies)
}

mount_all() {
    local path type options root=$1
    if [ "$(awk '$3 == "cgroup"' /proc/self/mounts | wc -l)" != 0 ]; then
        mount -t tmpfs -o mode=755 cgroup "$root/sys/fs/cgroup"
    fi
    while read -r path type options; do
        mkdir -p "$root$path"
        if [ "$type" = cgroup2 ]; then
            mount -t cgroup2 cgroup2 "$root$path"
            # A cgroup with processes cannot hand controllers to its children, so the node's own processes sit in a leaf.
            if [ -s "$root$path/cgroup.controllers" ]; then
                mkdir "$root$path/init"
                xargs -rn1 <"$root$path/cgroup.procs" >"$root$path/init/cgroup.procs" 2>/dev/null || echo $$ >"$root$path/init/cgroup.procs"
                sed -e 's/^/+/' -e 's/ / +/g' "$root$path/cgroup.controllers" >"$root$path/cgroup.subtree_control"
            fi
        else
            # Of the mount options only the names of controllers say which hierarchy it is.
            options=$(tr , '\n' <<<"$options" | grep -vxE 'rw|ro|nosuid|nodev|noexec|relatime|noatime|xattr|clone_children|release_agent=.*' |
                paste -sd, -)
            case $options in name=*) options=none,$options ;; esac
            mount -t cgroup -o "$options" cgroup "$root$path"
        fi
    done < <(hierarchies)
}

remove() {
    local path
    while read -r path _; do
        [ -d "$path/katanet-$1" ] || continue
        find "$path/katanet-$1" -depth -type d -exec rmdir {} +
    done < <(hierarchies)
}

case ${1:-} in
    enter) enter "$2" ;;
    mount) mount_all "$2" ;;
    remove) remove "$2" ;;
    *) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2 ;;
esac
