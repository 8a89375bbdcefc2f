#!/bin/sh
# bench: ends an instance of Compute Engine. Never run by us: see ../README.md.
set -eu
request=$(cat)
ask() { printf '%s' "$request" | jq -r "$1"; }
name=$(ask .name)
found=$(gcloud compute instances list --format json --filter "name=$name" | jq length)
[ "$found" = 0 ] || gcloud compute instances delete "$name" --quiet --zone "$(ask .options.zone)" >&2
