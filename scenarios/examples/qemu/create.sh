#!/bin/sh
# bench: boots a virtual machine on this computer. The image lets root in by a key given as a systemd credential (systemd 252).
set -eu
request=$(cat)
ask() { printf '%s' "$request" | jq -r "$1"; }
name=$(ask .name)
home=${BENCH_QEMU:-${XDG_RUNTIME_DIR:-/tmp}/bench-qemu}/$name
mkdir -p "$home"
ask '{name, run, scenario, deleteAfter}' >"$home/machine.json"
qemu-img create -q -f qcow2 -b "$(readlink -f "$(ask .image)")" -F "$(ask '.options.format // "qcow2"')" "$home/disk.qcow2"
key=$(ask .sshPublicKey | base64 -w 0)
cd "$home"
boot() {
  qemu-system-x86_64 -name "$name" -nodefaults -display none -m "$(ask '.options.memory // "1G"')" -accel "$(ask '.options.accel // "tcg"')" -cpu max \
    -drive file=disk.qcow2,if=virtio -nic "user,model=virtio-net-pci,hostfwd=tcp:127.0.0.1:$1-:22" -device virtio-rng-pci \
    -smbios "type=11,value=io.systemd.credential.binary:ssh.authorized_keys.root=$key" \
    -serial file:console.log -daemonize -pidfile pid >&2
}
# A port that a user has is refused by QEMU, and another one tried.
tries=0
until port=$(shuf -i 20000-60000 -n 1) && boot "$port"; do
  tries=$((tries + 1))
  [ $tries -lt 5 ] || exit 1
done
jq -n --argjson port "$port" '{schema: "bench/command-machine@1", host: "127.0.0.1", port: $port}'
