#!/bin/bash
# The boot hook: the first thing of ours that runs on a new machine. Starts provisioning and does not wait for it, as the extension handler of
# an AKS node does not make boot wait; and beside it the package job that any fresh image is likely to run.
set -euo pipefail
logger --tag aks-boothook "boothook start $(date -Ins)"
systemctl start --no-block background-update.service node-provisioning.service
logger --tag aks-boothook "launching node-provisioning $(date -Ins)"
