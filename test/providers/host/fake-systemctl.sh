#!/bin/sh
# systemctl of that machine: an entry `after` reaches its target two seconds later than any other.
case "$*" in
  *is-system-running*) echo running ;;
  --version) echo 'systemd 252 (252.39-1)' ;;
  reboot) [ "$(id -u)" = 0 ] || { echo 'Access denied' >&2; exit 1; }
    [ ! -e "$STATE/inhibited" ] || { echo 'Operation inhibited by "backup"' >&2; exit 1; }
    touch "$STATE/reboot" ;;
  show*UserspaceTimestampMonotonic*) printf 'UserspaceTimestampMonotonic=1000000\nNFailedUnits=0\n' ;;
  show*)
    seconds=10000000
    ! grep -q entry=after /proc/cmdline || seconds=12000000
    printf 'Id=multi-user.target\nNames=multi-user.target default.target\nLoadState=loaded\nActiveState=active\nInactiveExitTimestampMonotonic=%s\nActiveEnterTimestampMonotonic=%s\n' $seconds $seconds ;;
esac
