#!/bin/sh
# Spends a dose ahead of a unit: `dose.sh <number> sleep|spin <seconds> <nanoseconds>`. Its own stamps record what it did, since a
# unit's span is a poor measure of it. Uptime is in hundredths of a second.
stamps=/run/bench-trial/stamps
read -r uptime _ </proc/uptime
echo "$1 $2 begin $uptime" >>$stamps
case $2 in
  sleep) sleep "$3" ;;
  spin)
    # Processor time of this very shell, which others may delay: first field, nanoseconds.
    spent=0
    while [ "$spent" -lt "$4" ]; do read -r spent _ </proc/self/schedstat || break; done
    ;;
esac
read -r uptime _ </proc/uptime
echo "$1 $2 end $uptime" >>$stamps
