#!/bin/bash
# Builds what a guest boots from:
#   OUT/guest/             the root tree: agent as sbin/init, crun with its libraries, kernel modules
#   OUT/vmlinuz            the kernel as the distribution ships it
#   OUT/vmlinux            the same kernel as ELF: boots through PVH, with no firmware and no decompression
#   OUT/guest.cpio.zst     the tree as an initramfs, for kernels whose virtio-fs is a module; it lacks the shell, which would take memory
#   OUT/shell.cpio.zst     the shell, to be appended to it
# Usage: build.sh NODE_TREE AGENT_BINARY OUT
set -euo pipefail

if [ $# -ne 3 ]; then
    echo "usage: $0 NODE_TREE AGENT_BINARY OUT" >&2
    exit 2
fi
node=$(realpath "$1")
agent=$(realpath "$2")
mkdir -p "$3"
out=$(realpath "$3")
here=$(dirname "$(realpath "$0")")
work=$(mktemp -d "$out/.build.XXXXXX")
trap 'rm -rf "$work"' EXIT

fail() { echo "guest: $*" >&2; exit 1; }
for tool in xz zstd cpio od awk; do
    command -v "$tool" > /dev/null || fail "$tool is missing: install the package of that name"
done

kernel=$(find "$node/boot" -maxdepth 1 -name 'vmlinuz-*' | sort -V | tail -n 1)
[ -n "$kernel" ] || fail "no kernel in $node/boot: rebuild the node tree"
release=${kernel##*/vmlinuz-}
modules="$node/usr/lib/modules/$release"
[ -f "$modules/modules.dep" ] || fail "no modules of kernel $release in $node"

# Everything is made beside the old tree and put in its place at the end: a guest that is running keeps what it has open.
tree="$work/guest"

make_directories() {
    # What the agent mounts over must be there: the tree is read-only in the guest.
    mkdir -p "$tree"/{proc,sys,dev,run,tmp,etc,var,root,mnt,sbin,bin,usr/bin,usr/sbin,"lib/modules/$release",lib64}
    chmod 1777 "$tree/tmp"
    ln -s ../run "$tree/var/run"
    ln -s /run/resolv.conf "$tree/etc/resolv.conf"
    ln -s /run/hostname "$tree/etc/hostname"
    printf '127.0.0.1\tlocalhost\n::1\tlocalhost\n' > "$tree/etc/hosts"
    printf 'root:x:0:0:root:/root:/sbin/nologin\n' > "$tree/etc/passwd"
    printf 'root:x:0:\n' > "$tree/etc/group"
}

install_agent() {
    install -m 0755 "$agent" "$tree/sbin/init"
    ln -s sbin/init "$tree/init"
    # Where the kernel looks for modules that it finds it needs.
    ln -s init "$tree/sbin/modprobe"
}

# The loader of the node tree itself says which libraries a program needs, so nothing is guessed and nothing of this machine is used.
install_program() {
    local program=$1 loader="$node/lib64/ld-linux-x86-64.so.2" path
    install -m 0755 "$node$program" "$tree$program"
    "$loader" --library-path "$node/usr/lib/x86_64-linux-gnu:$node/lib/x86_64-linux-gnu" --list "$node$program" > "$work/libraries"
    ! grep -q 'not found' "$work/libraries" || fail "$program lacks libraries: $(grep 'not found' "$work/libraries")"
    mkdir -p "$tree/usr/lib/x86_64-linux-gnu"
    while read -r path; do
        install -m 0644 "$path" "$tree/usr/lib/x86_64-linux-gnu/${path##*/}"
    done < <(awk '$2 == "=>" && $3 ~ /^\// && $1 !~ /ld-linux/ { print $3 }' "$work/libraries")
    install -m 0755 "$loader" "$tree/lib64/ld-linux-x86-64.so.2"
}

# For agent.debug_console. Where the tree is shared its files take no memory until somebody uses them.
shell=usr/lib/katanet/shell

install_shell() {
    local busybox="$node/usr/bin/busybox" applet
    [ -f "$busybox" ] || fail "no busybox in $node: rebuild the node tree"
    mkdir -p "$tree/$shell"
    install -m 0755 "$busybox" "$tree/$shell/busybox"
    while read -r applet; do
        ln -s busybox "$tree/$shell/$applet"
    done < <("$busybox" --list | grep -vx busybox)
}

# Paths of the tree on stdin, with zeros between them.
archive() { (cd "$tree" && sort -z | cpio --quiet --null -o -H newc -R 0:0) | zstd -q -T0 -3; }

# Names on stdin; prints the files of these modules and of all they need, as modules.dep names them.
module_closure() {
    awk -v dep="$modules/modules.dep" '
        function name(path) { sub(/.*\//, "", path); sub(/\.ko.*/, "", path); gsub(/-/, "_", path); return path }
        function want(file,   n, i, needs) {
            if (file in seen) return
            seen[file] = 1
            print file
            n = split(depends[file], needs, " ")
            for (i = 1; i <= n; i++) want(needs[i])
        }
        BEGIN {
            while ((getline line < dep) > 0) {
                colon = index(line, ":")
                file = substr(line, 1, colon - 1)
                depends[file] = substr(line, colon + 1)
                by_name[name(file)] = file
            }
        }
        /^[^#]/ { key = name($1); if (key in by_name) want(by_name[key]) }'
}

install_modules() {
    local to="$tree/lib/modules/$release" file plain
    while read -r file; do
        plain=${file%.xz}; plain=${plain%.zst}; plain=${plain%.gz}
        mkdir -p "$to/${plain%/*}"
        case $file in
            *.xz) xz -dc "$modules/$file" > "$to/$plain" ;;
            *.zst) zstd -qdc "$modules/$file" > "$to/$plain" ;;
            *.gz) gzip -dc "$modules/$file" > "$to/$plain" ;;
            *) cp "$modules/$file" "$to/$plain" ;;
        esac
        awk -v file="$file:" '$1 == file { gsub(/\.ko\.(xz|zst|gz)/, ".ko"); print }' "$modules/modules.dep" >> "$to/modules.dep"
    done < <(module_closure < "$here/modules.list")
    cp "$modules/modules.builtin" "$to/modules.builtin"
    # Only what the tree has. Patterns are of devices, whose drivers the agent finds otherwise.
    awk -v dep="$to/modules.dep" '
        BEGIN {
            while ((getline line < dep) > 0) {
                sub(/:.*/, "", line); sub(/.*\//, "", line); sub(/\.ko.*/, "", line); gsub(/-/, "_", line)
                have[line] = 1
            }
        }
        $2 !~ /[*?[]/ && ($3 in have)' "$modules/modules.alias" > "$to/modules.alias"
}

u8() { od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' '; }
u32() { od -An -tu4 -j "$2" -N 4 "$1" | tr -d ' '; }

# The setup header of a bzImage says where the compressed kernel lies (Documentation/arch/x86/boot.rst: setup_sects, payload_offset,
# payload_length); its last four bytes are the size of what it unpacks to.
extract_kernel() {
    local setup offset length magic
    setup=$(u8 "$kernel" $((0x1f1)))
    offset=$(((setup + 1) * 512 + $(u32 "$kernel" $((0x248)))))
    length=$(($(u32 "$kernel" $((0x24c))) - 4))
    tail -c "+$((offset + 1))" "$kernel" | head -c "$length" > "$work/payload" || true
    magic=$(od -An -tx1 -N 4 "$work/payload" | tr -d ' ')
    case $magic in
        28b52ffd) zstd -qdc "$work/payload" > "$work/vmlinux" ;;
        fd377a58) xz -dc "$work/payload" > "$work/vmlinux" ;;
        1f8b08*) gzip -dc "$work/payload" > "$work/vmlinux" ;;
        *) fail "$kernel holds its kernel in a form that is not known here (starts with $magic)" ;;
    esac
    [ "$(od -An -tx1 -N 4 "$work/vmlinux" | tr -d ' ')" = 7f454c46 ] || fail "what $kernel holds is not an ELF file"
}

make_directories
install_agent
install_program /usr/bin/crun
install_modules
install_shell

# Unpacking the kernel takes a second: only when it is another one.
if [ "$(cat "$out/.kernel" 2> /dev/null)" != "$kernel $(stat -c '%s %Y' "$kernel")" ] || [ ! -f "$out/vmlinux" ]; then
    extract_kernel
    mv "$work/vmlinux" "$out/vmlinux"
    cp "$kernel" "$out/vmlinuz"
    echo "$kernel $(stat -c '%s %Y' "$kernel")" > "$out/.kernel"
fi

(cd "$tree" && find . -path "./$shell" -prune -o -print0) | archive > "$work/guest.cpio.zst"
(cd "$tree" && find "./$shell" -print0) | archive > "$work/shell.cpio.zst"
mv "$work/guest.cpio.zst" "$work/shell.cpio.zst" "$out/"
[ ! -d "$out/guest" ] || mv "$out/guest" "$work/old"
mv "$tree" "$out/guest"

size() { du -sh --apparent-size "$1" | cut -f 1; }
echo "guest: kernel $release, ELF $(size "$out/vmlinux"), bzImage $(size "$out/vmlinuz")"
echo "guest: tree $(size "$out/guest"): agent $(size "$agent"), crun, libraries and shell $(size "$out/guest/usr"), modules $(size "$out/guest/lib")"
echo "guest: initramfs $(size "$out/guest.cpio.zst"), the shell for it $(size "$out/shell.cpio.zst")"
