#!/bin/bash
# Turns the image into a node that is not provisioned yet. Run in the image while it is built.
set -euo pipefail
id azureuser >/dev/null 2>&1 || useradd --create-home --shell /bin/bash azureuser
# The version that provisioning asks for is the one that is here: a golden image.
mkdir -p /opt/azure/node-config /opt/gpu /var/log/azure
dpkg-query --show --showformat '${Version}' containerd >/opt/azure/node-config/containerd-version
for ((i = 0; i < 200; i++)); do echo "artifact $i" >"/opt/gpu/$i"; done
chmod 0755 /opt/stand-in/*.sh
# Containerd and kubelet are off in the image: provisioning turns them on.
systemctl disable containerd.service
systemctl enable boot-hook.service control-plane-stand-in.service certificate-signer.service
