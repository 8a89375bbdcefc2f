#!/bin/bash
# Makes the one container image of the node, an OCI layout in a tar. Run in the image while it is built.
# A stand-in for the pause container of a pod, and like it a program that does nothing but pause.
set -euo pipefail
NAME=bench.local/pause-stand-in:1
LAYOUT=$(mktemp --directory)
ROOT=$(mktemp --directory)
BLOBS=$LAYOUT/blobs/sha256
trap 'rm -rf "$LAYOUT" "$ROOT"' EXIT

# The smallest program for x86-64: an ELF header, one program header, three instructions. No compiler, no libc, nothing to import but this.
pause_program() {
  {
    echo 7F454C46 02010100 0000000000000000                                   # ELF, 64 bit, little-endian
    echo 0200 3E00 01000000 7800400000000000                                  # executable, x86-64, version 1, entry 0x400078
    echo 4000000000000000 0000000000000000 00000000                           # program header at 64, no sections, no flags
    echo 4000 3800 0100 0000 0000 0000                                        # sizes and counts of the headers
    echo 01000000 05000000 0000000000000000 0000400000000000 0000400000000000 # load the file to 0x400000, read and execute
    echo 8100000000000000 8100000000000000 0010000000000000                   # its 0x81 bytes, in whole pages
    echo B822000000 0F05 EBF7                                                 # again: mov eax, 34 (pause); syscall; jmp again
  } | tr --delete ' \n' | basenc --base16 --decode
}

reproducible_tar() { # folder file
  tar --create --file "$2" --directory "$1" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --format=gnu .
}

keep() { # file media-type: puts a blob in its place and prints its descriptor
  local sum
  sum=$(sha256sum <"$1" | cut -d' ' -f1)
  printf '{"mediaType":"%s","digest":"sha256:%s","size":%d}' "$2" "$sum" "$(stat --format %s "$1")"
  mv "$1" "$BLOBS/$sum"
}

mkdir -p "$BLOBS" /opt/azure/images
pause_program >"$ROOT/pause"
chmod 0755 "$ROOT" "$ROOT/pause"
reproducible_tar "$ROOT" "$LAYOUT/layer"
layer=$(keep "$LAYOUT/layer" application/vnd.oci.image.layer.v1.tar)
diff_id=${layer#*digest\":\"}
printf '{"architecture":"amd64","os":"linux","config":{"Entrypoint":["/pause"]},"rootfs":{"type":"layers","diff_ids":["%s"]}}' \
  "${diff_id%%\"*}" >"$LAYOUT/config"
config=$(keep "$LAYOUT/config" application/vnd.oci.image.config.v1+json)
printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":%s,"layers":[%s]}' "$config" "$layer" >"$LAYOUT/manifest"
manifest=$(keep "$LAYOUT/manifest" application/vnd.oci.image.manifest.v1+json)
printf '{"schemaVersion":2,"manifests":[%s,"annotations":{"io.containerd.image.name":"%s"}}]}' "${manifest%\}}" "$NAME" >"$LAYOUT/index.json"
printf '{"imageLayoutVersion":"1.0.0"}' >"$LAYOUT/oci-layout"
reproducible_tar "$LAYOUT" /opt/azure/images/pause-stand-in.tar
