#!/bin/bash
# Makes the two small Debian packages of the scenario. Run in the image while it is built.
#   gpu-driver-stand-in   is installed in the image, and provisioning removes it from a node without a GPU
#   background-update     is installed on first boot by a job beside provisioning, and holds the package lock meanwhile
set -euo pipefail

control() { # package description
  mkdir -p "$1/DEBIAN"
  printf 'Package: %s\nVersion: 1\nArchitecture: all\nMaintainer: bench <bench@localhost>\nDescription: %s\n' "$1" "$2" >"$1/DEBIAN/control"
}

folder=$(mktemp --directory)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
umask 022
control gpu-driver-stand-in 'stand-in for a GPU driver that came with the image'
mkdir -p gpu-driver-stand-in/usr/lib/gpu-driver-stand-in
for ((i = 0; i < 100; i++)); do echo "part $i" >"gpu-driver-stand-in/usr/lib/gpu-driver-stand-in/$i.so"; done
control background-update 'stand-in for an unattended upgrade'
install --mode 0755 /opt/stand-in/background-update.postinst background-update/DEBIAN/postinst
mkdir -p /opt/azure/images
dpkg-deb --root-owner-group -Znone --build gpu-driver-stand-in .
dpkg-deb --root-owner-group -Znone --build background-update /opt/azure/images/background-update.deb
dpkg --install ./gpu-driver-stand-in_1_all.deb
