#!/bin/bash
# AFTER: how long kubelet waits for its kubeconfig. Started behind kubelet; its clock starts at the stamp that ensureKubelet left before it
# started kubelet, so kubelet's own start-up is now in the figure, and a kubeconfig that is already there counts. Compare with ../before/.
set -euo pipefail
# shellcheck source=../provisioning/provision_helpers.sh
source /opt/azure/containers/provision_helpers.sh
KUBECONFIG=/var/lib/kubelet/kubeconfig
WATCH_S=300
START_FILE=/opt/azure/containers/tls-bootstrap-start-time

trap 'rm -f "$START_FILE"' EXIT
start=$(cat "$START_FILE" 2>/dev/null) || exit 0
if [ -z "$start" ]; then exit 0; fi
task=AKS.Runtime.waitForTLSBootstrapping
deadline_s=$((EPOCHSECONDS + WATCH_S))
# The file may come between the look and the watch: each watch is short, and each is followed by a look.
until [ -f "$KUBECONFIG" ]; do
  if ((EPOCHSECONDS >= deadline_s)); then
    task=AKS.Runtime.waitForTLSBootstrappingTimeout
    break
  fi
  inotifywait --quiet --timeout 1 --event create,moved_to --include '/kubeconfig$' "${KUBECONFIG%/*}" || true
done
stamp end
milliseconds=${EPOCHREALTIME/./}
write_event "${milliseconds:0:13}" "$task" "$start" "$end" Informational "Completed: watch of $KUBECONFIG"
