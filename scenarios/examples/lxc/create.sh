#!/bin/sh
# bench: makes a virtual machine of LXD. Never run by us: see ../README.md.
set -eu
request=$(cat)
ask() { printf '%s' "$request" | jq -r "$1"; }
name=$(ask .name)
data=$(printf '#cloud-config\ndisable_root: false\nusers: [{name: root, ssh_authorized_keys: ["%s"]}]\n' "$(ask .sshPublicKey)")
lxc launch "$(ask .image)" "$name" --vm -c "user.bench=$(ask '{run, scenario, deleteAfter} | tojson')" \
  -c "cloud-init.user-data=$data" >&2
host=
until [ -n "$host" ]; do
  host=$(lxc list "^$name\$" --format json | jq -r --arg name "$name" '[.[] | select(.name == $name) | .state.network // {} | .[].addresses[]? | select(.family == "inet" and .scope == "global") | .address][0] // ""')
  [ -n "$host" ] || sleep 0.5
done
jq -n --arg host "$host" '{schema: "bench/command-machine@1", host: $host}'
