#!/bin/sh
# bench: ends a virtual machine of LXD. Never run by us: see ../README.md.
set -eu
request=$(cat)
ask() { printf '%s' "$request" | jq -r "$1"; }
name=$(ask .name)
found=$(lxc list "^$name\$" --format json | jq length)
[ "$found" = 0 ] || lxc delete --force "$name" >&2
