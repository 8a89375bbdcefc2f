#!/bin/bash
# Makes an Azure image of the local node: the machine is provisioned from outside, so its own boot hook is off. Run in the image
# while it is built.
set -euo pipefail
systemctl disable boot-hook.service
systemctl enable azure-provisioning.service walinuxagent.service
mkdir -p /opt/bin
printf '#!/bin/sh\necho "kubectl stand-in, not a kubectl"\n' >/opt/bin/kubectl
chmod 0755 /opt/bin/kubectl
# Under wall timing an emulated processor takes longer to answer than the half second that socat waits once it was asked.
sed -i 's|/usr/bin/socat |&-t 30 |' /etc/systemd/system/control-plane-stand-in.service
