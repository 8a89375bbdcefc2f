#!/bin/sh
# bench: lists the instances of bench. Never run by us: see ../README.md.
set -eu
request=$(cat)
ask() { printf '%s' "$request" | jq -r "$1"; }
gcloud compute instances list --format json --filter labels.made-by=bench | jq --arg run "$(ask '.run // ""')" '{
  schema: "bench/command-machines@1",
  machines: [.[] | {id: .id, name: .name} + (.description | fromjson? // empty) | select($run == "" or .run == $run)]}'
