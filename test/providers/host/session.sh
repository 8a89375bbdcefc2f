#!/bin/sh
# A login on a machine that is none: this computer, with another boot id, command line, /var/lib, loader and systemctl. What it is told to
# boot next, and that it shall reboot, are files that the test looks at.
export STATE="$1"
# shellcheck disable=SC2016 # expanded inside
exec unshare -m sh -c '
  mount --bind "$STATE/boot-id" /proc/sys/kernel/random/boot_id
  mount --bind "$STATE/cmdline" /proc/cmdline
  mount --bind "$STATE/lib" /var/lib
  export PATH="$STATE/bin:$PATH"
  exec sh -c "$SSH_ORIGINAL_COMMAND"'
