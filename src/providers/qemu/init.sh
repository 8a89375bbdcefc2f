# shellcheck shell=dash disable=SC2086 # names of modules hold no blanks
# The first program of a built image's machine (initrd.ts). Only programs of busybox by name, as there is nothing else.
# Address and route are those of QEMU's user-mode network.
b=/bin/busybox
fail() { echo "<2>bench: $1" >/dev/kmsg; exit 1; }
umask 022
$b mount -t devtmpfs dev /dev
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
for word in $($b cat /proc/cmdline); do
  case $word in root=*) disk=${word#root=} ;; esac
done
for module in /modules/*.ko; do $b insmod $module || echo "<4>bench: could not load $module" >/dev/kmsg; done
tries=0
until [ -b "$disk" ]; do
  tries=$((tries + 1))
  [ $tries -le 1000 ] || fail "root disk $disk did not appear"
  $b usleep 10000
done
$b mount -t ext4 -o rw "$disk" /root || fail "could not mount $disk"
$b mount -t tmpfs -o mode=755,nosuid,nodev tmpfs /run
$b cp -rd /bench/run/. /run/
$b cp -rd /bench/root/. /root/
if [ -d /sys/class/net/eth0 ]; then
  $b ip link set eth0 up
  $b ip address add 10.0.2.15/24 dev eth0
  $b ip route add default via 10.0.2.2
fi
$b umount /proc
$b mount -o move /sys /root/sys
$b mount -o move /dev /root/dev
$b mount -o move /run /root/run
exec $b switch_root /root /sbin/init
