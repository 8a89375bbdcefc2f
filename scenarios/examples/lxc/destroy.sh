#!/bin/sh
# bench: ends a virtual machine of LXD. Never run by us: see ../README.md.
set -eu
request=$(cat)
ask() { printf '%s' "$request" | jq -r "$1"; }
name=$(ask .name)
# Not every version filters what it prints as JSON (canonical/lxd, issue 10396).
found=$(lxc list "^$name\$" --format json | jq --arg name "$name" 'map(select(.name == $name)) | length')
[ "$found" = 0 ] || lxc delete --force "$name" >&2
