#!/bin/sh
# The walls around an image build: it writes in its own folder, in memory, and nowhere else, whatever the scripts of the image do.
# It runs as root of a mount and a process name space (of a user name space too, when not root) and starts its argument, a
# script, behind them:
#
#   mounts     all of this computer read-only; /tmp, /run, homes and the like empty and in memory; the folder as /mnt/work
#   users      another user name space, owned by nobody of this computer: the mounts cannot be made writable again, no disk can be
#              mounted and no device node made; when root, its ids are of a range that owns nothing here
#   processes  it sees its own only: /proc/1/root is its own root
#
# The network stays: packages come from there.
#
#   variables  BASE (tar of a tree, or nothing), and those of the script
#   in, out    (cwd) the folder of the build
#
# shellcheck disable=SC2016 # the inner shell expands it

set -eu
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
unset TMPDIR
# The last of the ranges that systemd-nspawn takes for containers, of which nobody else has a share (UIDS-GIDS of systemd).
first=1878982656
count=65536
folder=$(pwd)
fail() { echo "bench: $1"; exit 8; }

mount --make-rprivate /
resolver=$(readlink -f /etc/resolv.conf || :)
names=$([ -z "$resolver" ] || cat "$resolver" 2>/dev/null || :)
mount -t tmpfs -o mode=755 bench-walls /mnt
mkdir /mnt/work
mount --bind "$folder" /mnt/work
if [ -n "${BASE:-}" ]; then
  : >/mnt/base.tar
  mount --bind "$BASE" /mnt/base.tar
  BASE=/mnt/base.tar
fi
cd /mnt/work

# From the innermost out, or a folder would hide those that are in it.
for place in /dev/shm /tmp /var/tmp /run /home /root "${HOME:-/root}"; do
  [ ! -d "$place" ] || [ -L "$place" ] || [ "$place" = / ] || mount -t tmpfs -o mode=1777 bench-walls "$place"
done
case $resolver in
/run/*) mkdir -p "$(dirname "$resolver")" && echo "$names" >"$resolver" ;;
esac

# The options of a mount that came from above may not be given up: they are named again.
while read -r _ _ _ _ point options _; do
  case $point in /proc | /proc/* | /mnt | /mnt/work) continue ;; esac
  case " /dev/shm /tmp /var/tmp /run /home /root ${HOME:-/root} " in *" $point "*) continue ;; esac
  point=$(printf '%b' "$(echo "$point" | sed 's/\\\([0-7][0-7][0-7]\)/\\0\1/g')")
  mount -o "remount,bind,ro,$(echo "$options" | sed 's/^r[ow],\?//')" "$point" 2>/dev/null ||
    # What is hidden below another mount cannot be reached, nor written.
    [ "$(findmnt -n -o OPTIONS --target "$point" | cut -c1-2)" = ro ] || fail "could not make $point read-only"
done </proc/self/mountinfo

unshare --user --mount -- sleep infinity &
holder=$!
tries=0
until [ "$(readlink /proc/$holder/ns/user)" != "$(readlink /proc/self/ns/user)" ] &&
  [ "$(readlink /proc/$holder/ns/mnt)" != "$(readlink /proc/self/ns/mnt)" ]; do
  tries=$((tries + 1))
  if [ $tries -gt 200 ] || ! kill -0 $holder 2>/dev/null; then
    fail "there are no user name spaces, and without them a script of the image could write on this computer"
  fi
  sleep 0.05
done
map() {
  awk -v first=$first -v count=$count '
    $1 == 0 && $2 == 0 && $3 == 4294967295 { print 0, first, count; next }
    { print $1, $1, $3 }' "$1"
}
users=$(map /proc/self/uid_map)
groups=$(map /proc/self/gid_map)
echo "$users" >/proc/$holder/uid_map
echo "$groups" >/proc/$holder/gid_map
owner=$(echo "$users" | awk 'NR == 1 { print $2 }')
[ "$owner" = 0 ] || chown -hR "$owner:$owner" /mnt/work
code=0
BASE=${BASE:-} HOME=/root nsenter --target $holder --user --mount -- unshare --pid --mount-proc --fork --kill-child -- \
  sh -c 'cd /mnt/work && exec sh -c "$1"' sh "$1" || code=$?
[ "$owner" = 0 ] || chown -hR 0:0 /mnt/work
exit $code
