#!/bin/bash
# BEFORE: how long kubelet waits for its kubeconfig. Started ahead of kubelet; its clock starts when it begins to watch, and where the
# kubeconfig is already there it says nothing. Compare with ../after/.
set -euo pipefail
# shellcheck source=../provisioning/provision_helpers.sh
source /opt/azure/containers/provision_helpers.sh
KUBECONFIG=/var/lib/kubelet/kubeconfig
WATCH_S=300

if [ -f "$KUBECONFIG" ]; then exit 0; fi
stamp start
task=AKS.Runtime.waitForTLSBootstrapping
inotifywait --quiet --timeout "$WATCH_S" --event create,moved_to --include '/kubeconfig$' "${KUBECONFIG%/*}" ||
  task=AKS.Runtime.waitForTLSBootstrappingTimeout
stamp end
milliseconds=${EPOCHREALTIME/./}
write_event "${milliseconds:0:13}" "$task" "$start" "$end" Informational "Completed: watch of $KUBECONFIG"
