#!/bin/sh
# bench: ends a virtual machine on this computer.
set -eu
request=$(cat)
ask() { printf '%s' "$request" | jq -r "$1"; }
name=$(ask .name)
home=${BENCH_QEMU:-${XDG_RUNTIME_DIR:-/tmp}/bench-qemu}/$name
pid=$(cat "$home/pid" 2>/dev/null || true)
# The number may be another program's by now.
if [ -n "$pid" ] && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q -- "-name $name "; then kill -9 "$pid"; fi
rm -rf "$home"
