#!/bin/bash
# Runs provisioning and leaves its results where a node keeps them. (In AKS: cse_start.sh and provision_start.sh.)
# Nothing here is on the way of kubelet but what is above the line that runs provision.sh.
set -euo pipefail
# shellcheck source=../provisioning/provision_helpers.sh
source /opt/azure/containers/provision_helpers.sh
LOG=/var/log/azure/cluster-provision.log

mkdir -p "$EVENTS_DIRECTORY" /var/log/azure/aks
started_s=$EPOCHSECONDS
started_text=$(date)
started='' ended=''
stamp started
exit_code=0
/bin/bash /opt/azure/containers/provision.sh >>"$LOG" 2>&1 || exit_code=$?

show() { # property [unit]
  systemctl show --property "$1" --value "${@:2}"
}

# As on AKS, a unit that never ran becomes `date -d ""`, the midnight before and no time of this boot. Readers have to cope
# with that on real nodes, so they meet it here: this machine has no cloud-init and no guest agent.
event_time() { # text
  date --date "$1" +'%F %T.%3N' || true # two NodeReady lines are no date: the stamp is empty then, there as here
}

# A JSON object of text values.
json_object() { # key value ...
  local key value object=''
  while [ $# -gt 0 ]; do
    json_text key "$1"
    json_text value "$2"
    object+=",$key:$value"
    shift 2
  done
  printf '{%s}' "${object:1}"
}

kernel_started=$(show KernelTimestamp)
kubelet_started=$(show ExecMainStartTimestamp kubelet.service)
network_started=$(show ExecMainStartTimestamp systemd-networkd.service)
kubelet_ready=$(journalctl --unit kubelet.service --output short --no-pager | grep NodeReady | cut -d' ' -f1-3 || true)
message=$(json_object ExitCode "$exit_code" E2E "$((EPOCHSECONDS - started_s))" KernelStartTime "$(event_time "$kernel_started")" \
  CloudInitLocalStartTime "$(event_time '')" CloudInitStartTime "$(event_time '')" CloudFinalStartTime "$(event_time '')" \
  NetworkdStartTime "$(event_time "$network_started")" GuestAgentStartTime "$(event_time '')" \
  KubeletStartTime "$(event_time "$kubelet_started")" KubeletReadyTime "$(event_time "$kubelet_ready")" ScriptlessMode none)
summary=$(systemd-analyze 2>&1 || true)

stamp ended
milliseconds=${EPOCHREALTIME/./}
write_event "${milliseconds:0:13}" AKS.CSE.cse_start "$started" "$ended" '' "$message" # named by its end, without a level: as on AKS

# Two dialects of time in one file: systemctl's and date's. As on AKS.
points=$(json_object KernelStartTime "$kernel_started" CSEStartTime "$started_text" GuestAgentStartTime '' KubeletStartTime "$kubelet_started")
result=$(json_object ExitCode "$exit_code" Output "$(tail --bytes 3000 "$LOG")" Error '' ExecDuration "$((EPOCHSECONDS - started_s))" \
  KernelStartTime "$kernel_started" CloudInitLocalStartTime '' CloudInitStartTime '' CloudFinalStartTime '' \
  NetworkdStartTime "$network_started" CSEStartTime "$started_text" GuestAgentStartTime '' SystemdSummary "$summary")
printf '%s,"BootDatapoints":%s}\n' "${result%\}}" "$points" >/var/log/azure/aks/provision.json
: >/opt/azure/containers/provision.complete # an attempt has ended, well or not
exit "$exit_code"
