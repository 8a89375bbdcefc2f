#!/bin/sh
# bench: ends a libvirt machine and its disk. Never run by us: see ../README.md.
set -eu
request=$(cat)
ask() { printf '%s' "$request" | jq -r "$1"; }
name=$(ask .name)
rm -f "$(ask .options.pool)/$name.qcow2"
virsh list --all --name | grep -qx "$name" || exit 0
virsh destroy "$name" >&2 || true
virsh undefine "$name" --nvram >&2
