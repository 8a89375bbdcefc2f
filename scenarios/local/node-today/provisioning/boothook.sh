#!/bin/bash
# The boothook of a node of today, as its custom data brings it: launches the node controller and does not wait for it, nor for a guest
# agent. Beside it goes the package job that any fresh image is likely to run.
set -euo pipefail
logger --tag aks-boothook "boothook start $(date -Ins)"
mkdir -p /var/log/azure
systemctl start --no-block background-update.service
logger --tag aks-boothook "launching aks-node-controller $(date -Ins)"
nohup /bin/bash /opt/azure/containers/aks-node-controller.sh >/var/log/azure/aks-node-controller.output 2>&1 &
