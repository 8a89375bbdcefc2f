#!/bin/bash
# Leaves out of a Debian image what has no part in these boots, so that a boot is short under emulation and each one does the same. Run in
# the image while it is built.
set -euo pipefail

mask() { # unit...
  local unit
  for unit in "$@"; do ln -sf /dev/null "/etc/systemd/system/$unit"; done
}

# What comes on its own time may fall into a boot, or not.
mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer man-db.timer \
  logrotate.timer systemd-tmpfiles-clean.timer

# Nobody logs in but root over SSH, and root speaks to systemd without a bus.
mask dbus.service dbus.socket systemd-logind.service getty@tty1.service serial-getty@ttyS0.service

# The journal stays in memory, and nobody reads who was logged in.
mask systemd-journal-flush.service systemd-update-utmp.service systemd-update-utmp-runlevel.service

# Modules and file systems that nothing here uses. Each is a fork or two, and a moment of systemd's attention.
mask modprobe@configfs.service modprobe@dm_mod.service modprobe@drm.service modprobe@efi_pstore.service modprobe@fuse.service \
  modprobe@loop.service dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
  sys-kernel-config.mount sys-fs-fuse-connections.mount proc-sys-fs-binfmt_misc.automount systemd-binfmt.service

# Generators run at boot and at each daemon-reload, for disks, partitions, consoles and System V scripts that are not here.
mkdir -p /etc/systemd/system-generators
for generator in /usr/lib/systemd/system-generators/*; do
  case $generator in
    */systemd-fstab-generator) ;;
    *) ln -sf /dev/null "/etc/systemd/system-generators/${generator##*/}" ;;
  esac
done

mkdir -p /etc/systemd/journald.conf.d
printf '[Journal]\nStorage=volatile\nRuntimeMaxUse=32M\n' >/etc/systemd/journald.conf.d/bench.conf
