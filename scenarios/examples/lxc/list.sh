#!/bin/sh
# bench: lists the virtual machines of bench. Never run by us: see ../README.md.
set -eu
request=$(cat)
ask() { printf '%s' "$request" | jq -r "$1"; }
lxc list '^bench-' --format json | jq --arg run "$(ask '.run // ""')" '{
  schema: "bench/command-machines@1",
  machines: [.[] | {name: .name} + (.config["user.bench"] | fromjson? // empty) | select($run == "" or .run == $run)]}'
