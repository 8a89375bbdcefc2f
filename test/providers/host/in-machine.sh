#!/bin/sh
# Runs a program on a stand-in for a machine: this computer, with another boot id, command line, /var/lib, loader and systemctl, and the users
# and sudo rules that the test gives it. What it is told to boot next, and that it must reboot, are files that the test looks at.
#   in-machine.sh FOLDER PROGRAM ARGUMENTS
export STATE="$1"
shift
# shellcheck disable=SC2016 # expanded inside
exec unshare -m sh -c '
  mount --bind "$STATE/boot-id" /proc/sys/kernel/random/boot_id
  mount --bind "$STATE/cmdline" /proc/cmdline
  mount --bind "$STATE/lib" /var/lib
  for file in passwd shadow sudoers; do
    [ ! -e "$STATE/$file" ] || mount --bind "$STATE/$file" "/etc/$file"
  done
  [ ! -e "$STATE/sudo" ] || mount --bind "$STATE/sudo" /usr/bin/sudo
  exec "$@"' sh "$@"
