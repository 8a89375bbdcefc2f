#!/bin/sh
# bench: lists the virtual machines of bench on this computer.
set -eu
request=$(cat)
ask() { printf '%s' "$request" | jq -r "$1"; }
home=${BENCH_QEMU:-${XDG_RUNTIME_DIR:-/tmp}/bench-qemu}
cat "$home"/*/machine.json 2>/dev/null | jq -s --arg run "$(ask '.run // ""')" '{
  schema: "bench/command-machines@1", machines: map(select($run == "" or .run == $run))}'
