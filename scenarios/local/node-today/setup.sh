#!/bin/bash
# Makes a node of today of the node. Run in the image while it is built, behind node/image/setup.sh.
set -euo pipefail
# Custom data launches the controller: no unit of the image starts provisioning.
systemctl disable boot-hook.service
systemctl enable cloud-init.service
mkdir -p /etc/systemd/system/kubelet.service.d
mv /etc/systemd/system/kubelet-wants-credential.conf /etc/systemd/system/kubelet.service.d/20-credential.conf
# The secure client names its certificate by the date, and leaves no kubelet-client-current.pem.
# shellcheck disable=SC2016 # kubelet's stand-in expands it
newest='CLIENT=$(ls -t "$STATE"/pki/kubelet-client-*.pem 2>/dev/null | head -n 1)'
sed -i "s#^CLIENT=.*#$newest#" /opt/stand-in/kubelet-stand-in.sh
grep --quiet --fixed-strings "$newest" /opt/stand-in/kubelet-stand-in.sh
# Provisioning goes on behind a node that is ready, and no unit waits for it: the controller says when both are done.
sed -i 's#/run/bench/node-ready#/run/bench/kubelet-ready#' /opt/stand-in/kubelet-stand-in.sh
sed -i 's/ScriptlessMode none/ScriptlessMode nbc_cse_cmd/' /opt/azure/containers/provision_start.sh
grep --quiet nbc_cse_cmd /opt/azure/containers/provision_start.sh
