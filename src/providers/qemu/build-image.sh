#!/bin/sh
# The shell half of an image build: what needs root, a chroot and mounts. It runs in its own name spaces (mounts,
# processes; users too when not root), with the tree on a tmpfs: when it ends, by whatever cause, its mounts, processes and
# half-built tree are gone without anyone cleaning up.
#
#   variables    DEBIAN or BASE (tar of a tree), PACKAGES, SIZE (bytes), RESULT (tree | disk), EPOCH, MODULES
#   in  (cwd)    in/sources.list, in/apt.conf, in/files.tar, in/scripts/<nn>-*
#   out (cwd)    out/tree.tar, or out/disk.raw, out/vmlinuz, out/modules.dep, out/modules/..., out/busybox; out/packages.tsv
#
# Lines that start with `bench-step:` are progress.
#
# shellcheck disable=SC2012,SC2016,SC2046,SC2086 # names of packages, modules and kernels hold no blanks

set -eu
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive INITRD=No SOURCE_DATE_EPOCH="$EPOCH"
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 022
step() { echo "bench-step: $*"; }
here=$(pwd)
tree=$here/tree
mount -t tmpfs -o size=90%,mode=755 bench-tree "$tree"
mkdir "$tree/root"
root=$tree/root

if [ -n "$DEBIAN" ]; then
  step "installing $DEBIAN"
  # Without sources of this computer's own, mmdebstrap knows Debian's public ones.
  mirror=
  [ ! -s in/sources.list ] || mirror=$here/in/sources.list
  mmdebstrap --mode=root --variant=apt --format=directory --include="$PACKAGES" \
    --aptopt="$here/in/apt.conf" --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='force-unsafe-io' \
    "$DEBIAN" "$root" ${mirror:+"$mirror"}
else
  step "unpacking the base"
  tar -xf "$BASE" -C "$root" --numeric-owner --xattrs --xattrs-include='*'
fi

mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=755 run "$root/run"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
in_image() { chroot "$root" /usr/bin/env -i LC_ALL=C.UTF-8 HOME=/root DEBIAN_FRONTEND=noninteractive INITRD=No \
  PATH="$PATH" SOURCE_DATE_EPOCH="$EPOCH" "$@"; }
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
for file in resolv.conf hosts; do
  if [ -e "/etc/$file" ]; then cat "/etc/$file" >"$tree/$file"; else : >"$tree/$file"; fi
  rm -f "$root/etc/$file"
  cp "$tree/$file" "$root/etc/$file"
done

if [ -z "$DEBIAN" ] && [ -n "$PACKAGES" ]; then
  step "installing packages"
  mkdir -p "$root/run/bench"
  cp in/sources.list in/apt.conf "$root/run/bench/"
  sources=/run/bench/sources.list
  [ -s in/sources.list ] || sources=/etc/apt/sources.list
  apt() { in_image APT_CONFIG=/run/bench/apt.conf apt-get -q -y -o APT::Install-Recommends=false \
    -o Dir::Etc::SourceList=$sources -o Dir::Etc::SourceParts=/dev/null "$@"; }
  apt update
  apt install $(echo "$PACKAGES" | tr , ' ')
fi

if [ -s in/files.tar ]; then
  step "copying files"
  tar -xf in/files.tar -C "$root" --no-overwrite-dir --no-same-owner
fi
for script in in/scripts/*; do
  [ -e "$script" ] || continue
  name=$(basename "$script" | cut -d- -f2-)
  step "running $name"
  mkdir -p "$root/run/bench"
  cp "$script" "$root/run/bench/script"
  chmod 755 "$root/run/bench/script"
  in_image /bin/sh -c 'head -c 2 /run/bench/script | grep -q "#!" && exec /run/bench/script; exec /bin/sh -eu /run/bench/script' \
    || { echo "bench: the script $name failed with exit code $?"; exit 9; }
done

step "finishing"
rm -f "$root/usr/sbin/policy-rc.d" "$root/etc/resolv.conf" "$root"/etc/ssh/ssh_host_*
umount -l "$root/tmp" "$root/run" "$root/dev" "$root/sys" "$root/proc"
# Root makes device nodes there and others cannot; the kernel brings its own.
find "$root/dev" -xdev -mindepth 1 -delete
: >"$root/etc/resolv.conf"
printf '127.0.0.1\tlocalhost\n127.0.1.1\tbench\n' >"$root/etc/hosts"
echo bench >"$root/etc/hostname"
: >"$root/etc/machine-id"
rm -f "$root/var/lib/dbus/machine-id" "$root/var/lib/systemd/random-seed" "$root/var/cache/ldconfig/aux-cache"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb "$root"/var/log/apt
rm -f "$root"/var/log/*.log "$root"/var/lib/dpkg/*-old "$root"/var/cache/debconf/*-old "$root"/etc/*-
rm -f "$root"/etc/apt/sources.list.d/* "$root"/etc/apt/apt.conf.d/99mmdebstrap
# Mirrors of this computer are nobody else's business; an image made with the public ones keeps them.
[ ! -s in/sources.list ] || : >"$root/etc/apt/sources.list"
chroot "$root" dpkg-query -W -f '${Package}\t${Version}\t${Architecture}\n' >out/packages.tsv
find "$root" -xdev -newermt "@$EPOCH" -exec touch -h -d "@$EPOCH" {} +

if [ "$RESULT" = tree ]; then
  step "keeping the tree"
  tar -cf out/tree.tar -C "$root" --sort=name --numeric-owner --format=posix \
    --pax-option=delete=atime,delete=ctime --xattrs --xattrs-include='*' .
  exit 0
fi
step "making the disk"
kernel=$(ls "$root/boot" | sed -n 's/^vmlinuz-//p' | sort -V | tail -n 1)
[ -n "$kernel" ] || { echo "bench: the image holds no /boot/vmlinuz-*"; exit 9; }
cp "$root/boot/vmlinuz-$kernel" out/vmlinuz
cp "$root/usr/lib/modules/$kernel/modules.dep" out/modules.dep
echo "$kernel" >out/kernel
cp "$root/usr/bin/busybox" out/busybox
mkdir out/modules
for module in $MODULES; do
  grep "/$(echo $module | sed 's/_/[-_]/g')\.ko[^:]*:" out/modules.dep | tr -d ':' | tr ' ' '\n'
done | sort -u | while read -r file; do
  [ -n "$file" ] || continue
  mkdir -p "out/modules/$(dirname "$file")"
  cp "$root/usr/lib/modules/$kernel/$file" "out/modules/$file"
  case $file in *.xz) out/busybox unxz "out/modules/$file" ;; esac
done
export E2FSPROGS_FAKE_TIME="$EPOCH"
mkfs.ext4 -q -F -L root -U 62656e63-6800-4000-8000-000000000002 \
  -E hash_seed=62656e63-6800-4000-8000-000000000003,lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0 \
  -d "$root" out/disk.raw "$((SIZE / 1024))k"
# mkfs copies the times at which the tree was unpacked, which no one can set there: they are set in the disk.
dumpe2fs out/disk.raw 2>/dev/null | awk -v epoch="$EPOCH" '
  function used(inode) {
    if (inode == 2 || inode > 10)
      printf "sif <%d> ctime @%d\nsif <%d> ctime_extra 0\nsif <%d> atime @%d\nsif <%d> atime_extra 0\n", \
        inode, epoch, inode, inode, epoch, inode
  }
  /^Inodes per group:/ { each = $4 }
  /^Group [0-9]+:/ { group = $2 + 0 }
  /^  Free inodes:/ {
    inode = group * each + 1
    sub(/^  Free inodes: */, "")
    count = split($0, ranges, /, */)
    for (i = 1; i <= count; i++) {
      split(ranges[i], range, "-")
      last = range[2] == "" ? range[1] : range[2]
      for (; inode < range[1]; inode++) used(inode)
      inode = last + 1
    }
    for (; inode <= (group + 1) * each; inode++) used(inode)
  }' >"$tree/times"
debugfs -w -f "$tree/times" out/disk.raw >/dev/null 2>&1
chmod -R a+rX out
