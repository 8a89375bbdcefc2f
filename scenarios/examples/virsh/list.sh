#!/bin/sh
# bench: lists the libvirt machines of bench. Never run by us: see ../README.md.
set -eu
request=$(cat)
ask() { printf '%s' "$request" | jq -r "$1"; }
for name in $(virsh list --all --name | grep '^bench-'); do
  virsh desc "$name" | jq -Rc --arg name "$name" 'fromjson? // empty | . + {name: $name}'
done | jq -s --arg run "$(ask '.run // ""')" '{
  schema: "bench/command-machines@1", machines: map(select($run == "" or .run == $run))}'
