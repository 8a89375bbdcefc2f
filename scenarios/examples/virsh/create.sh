#!/bin/sh
# bench: makes a libvirt machine over a copy-on-write disk. The image lets root in by a key given as a systemd credential. Never run by us: see ../README.md.
set -eu
request=$(cat)
ask() { printf '%s' "$request" | jq -r "$1"; }
name=$(ask .name)
disk=$(ask .options.pool)/$name.qcow2
qemu-img create -q -f qcow2 -F qcow2 -b "$(ask .image)" "$disk"
key=$(ask .sshPublicKey | base64 -w 0)
# virt-install splits at commas and drops quotes, except for what stands between quotes of the other kind (virtinst/cli.py, parse_optstr_tuples).
about="'$(ask '{run, scenario, deleteAfter} | tojson')'"
virt-install --name "$name" --memory 2048 --vcpus 2 --import --disk "$disk" --osinfo detect=on,require=off --noautoconsole \
  --network "network=$(ask .options.network)" --metadata "description=$about" \
  --qemu-commandline "-smbios type=11,value=io.systemd.credential.binary:ssh.authorized_keys.root=$key" >&2
host=
until [ -n "$host" ]; do
  host=$(virsh domifaddr "$name" | awk '/ipv4/ {sub("/.*", "", $4); print $4; exit}')
  [ -n "$host" ] || sleep 0.2
done
jq -n --arg host "$host" --arg id "$(virsh domuuid "$name" | head -n 1)" '{schema: "bench/command-machine@1", host: $host, id: $id}'
