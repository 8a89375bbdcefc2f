#!/bin/bash
# A stand-in for aks-node-controller: runs provisioning, and tells of it as the controller does, in a log of JSON lines and in an event of
# its own. The real one also makes the command line of provisioning from the node's configuration.
set -euo pipefail
# shellcheck source=../../node/provisioning/provision_helpers.sh
source /opt/azure/containers/provision_helpers.sh
LOG=/var/log/azure/aks-node-controller.log

say() { # level message more-keys
  local now=$EPOCHREALTIME
  printf '{"time":"%(%FT%T)T.%sZ","level":"%s","msg":"%s"%s}\n' "${now%.*}" "${now#*.}" "$1" "$2" "${3-}" >>"$LOG"
}

# Its files are named by nanoseconds.
event() { # start end level message
  write_event "${EPOCHREALTIME/./}000" AKS.AKSNodeController.Provision "$1" "$2" "$3" "$4"
}

export TZ=UTC
mkdir -p "$EVENTS_DIRECTORY"
start='' end=''
say INFO 'aks-node-controller started' ',"task":"Provision"'
stamp start
event "$start" "$start" Informational Starting
exit_code=0
/bin/bash /opt/azure/containers/provision_start.sh || exit_code=$?
stamp end
if [ "$exit_code" = 0 ]; then
  event "$start" "$end" Informational Completed
  say INFO 'aks-node-controller finished successfully.'
else
  event "$start" "$end" Error "aks-node-controller exited with error exit status $exit_code"
  say ERROR 'aks-node-controller failed' ",\"error\":\"exit status $exit_code\""
fi
# Named as ready.file in the scenario: nobody looks at the machine before the node is ready and provisioning is over.
until [ -e /run/bench/kubelet-ready ]; do sleep 0.1; done
: >/run/bench/node-ready
exit "$exit_code"
