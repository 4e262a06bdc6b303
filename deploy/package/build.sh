#!/bin/bash
# Makes the packages: build.sh NODE_TREE BIN GUEST OUT. In OUT afterwards:
#   katanet-VERSION-linux-x86_64.tar.gz   to be unpacked anywhere; its install.sh does what `make install` does
#   katanet_VERSION_amd64.deb             the same for Debian and Ubuntu
#   katanet-VERSION.cdx.json              what they are made of (CycloneDX)
#   SHA256SUMS                            of the three
set -euo pipefail

[ $# = 4 ] || { echo "usage: $0 NODE_TREE BIN GUEST OUT" >&2; exit 2; }
here=$(dirname "$(realpath "$0")")
repo=$(realpath "$here/../..")
node=$(realpath "$1") bin=$(realpath "$2") guest=$(realpath "$3")
mkdir -p "$4"
out=$(realpath "$4")
version=$(sed -nE 's|.*<Version>(.*)</Version>.*|\1|p' "$repo/Directory.Build.props")
work=$(mktemp -d "$out/.build.XXXXXX")
trap 'rm -rf "$work"' EXIT
# The same commit gives the same files' times.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$repo" log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
say() { echo "package: $*" >&2; }

parts() {
    local name=katanet-$version.cdx.json
    say "what the packages are made of ..."
    dotnet run --project "$repo/deploy/sbom" --configuration Release --verbosity quiet -- \
        --version-of "$version" --node "$node" --guest "$guest" --output "$work/$name" \
        "$repo"/{shim,fsd,agent,cli,grpc-door,monitor}/packages.lock.json
    mv "$work/$name" "$out/$name"
}

tarball() {
    local name=katanet-$version-linux-x86_64 tree
    say "$name.tar.gz ..."
    tree=$work/$name
    mkdir -p "$tree/bin"
    cp "$bin"/{containerd-shim-katanet-v2,katanet-grpc,katanet-fsd,katanet,katanet-monitor} "$tree/bin/"
    cp -a "$guest" "$tree/guest"
    rm -rf "$tree"/guest/.[a-z]*
    cp "$repo"/deploy/install/{install.sh,containerd-handler,config.yaml} "$repo"/deploy/{50-katanet-fsd.json,katanet-monitor.service} "$repo/LICENSE" "$tree/"
    cp "$repo/deploy/config.yaml" "$tree/settings.yaml"
    tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -C "$work" -c "$name" | gzip -6n >"$work/tar.gz"
    mv "$work/tar.gz" "$out/$name.tar.gz"
}

debian() {
    local name=katanet_${version}_amd64.deb tree=$work/deb script
    say "$name ..."
    PREFIX=/usr DESTDIR=$tree BIN=$bin GUEST=$guest "$repo/deploy/install/install.sh" install >&2
    mkdir "$tree/DEBIAN"
    sed -e "s/@VERSION@/$version/" -e "s/@SIZE@/$(du -sk "$tree" | cut -f 1)/" "$here/control" >"$tree/DEBIAN/control"
    echo /etc/katanet/config.yaml >"$tree/DEBIAN/conffiles"
    for script in postinst prerm; do install -m 755 "$here/$script" "$tree/DEBIAN/$script"; done
    (cd "$tree" && find etc usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
    find "$tree" -newermt "@$SOURCE_DATE_EPOCH" -print0 | xargs -0 touch --no-dereference --date="@$SOURCE_DATE_EPOCH"
    dpkg-deb --root-owner-group -Zzstd -z6 --build "$tree" "$work/$name" >&2
    mv "$work/$name" "$out/$name"
}

rm -f "$out"/katanet* "$out/SHA256SUMS"
parts
tarball
debian
(cd "$out" && sha256sum katanet* >"$work/sums" && mv "$work/sums" SHA256SUMS)
say "in $out:"
(cd "$out" && du -h --apparent-size katanet* SHA256SUMS) >&2
