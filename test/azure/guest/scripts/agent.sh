#!/bin/bash
# A stand-in for the guest agent: reports on the second serial port that the machine is provisioned, then runs the command that an
# extension brings. Goal states come by the third serial port, where Azure has its wire server: a line "run <base64>", answered
# by "exit <code> <base64 of the last of its errors>".
set -euo pipefail
PORT=/dev/ttyS2
FOLDER=/var/lib/waagent/custom-script

log() { printf '%s INFO %s\n' "$(date --utc +%FT%T.%6NZ)" "$*" >>/var/log/waagent.log; }

stty -F "$PORT" raw -echo
exec 3<>"$PORT"
log Daemon Azure Linux Agent Version: 2.11.1.12
echo "bench-ready running $(cut -d' ' -f1 /proc/uptime)" >/dev/ttyS1
log Daemon 'Provisioning complete'

install --directory --mode 0700 "$FOLDER"
while read -r verb argument <&3; do
  [ "$verb" = run ] || continue
  log ExtHandler '[Microsoft.Azure.Extensions.CustomScript-2.1.10] Target handler state: enabled'
  base64 --decode <<<"$argument" >"$FOLDER/script.sh"
  code=0
  /bin/sh "$FOLDER/script.sh" >"$FOLDER/stdout" 2>"$FOLDER/stderr" || code=$?
  printf 'exit %d %s\n' "$code" "$(tail --bytes 1500 "$FOLDER/stderr" | base64 --wrap 0)" >&3
done
