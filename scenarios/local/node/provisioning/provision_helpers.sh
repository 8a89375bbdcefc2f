#!/bin/bash
# What the provisioning scripts share: event files, starting units, retries. (In AKS: cse_helpers.sh.)
# Sourced by provision.sh, provision_start.sh, the TLS-latency watcher and the kubelet stand-in; defines functions, does nothing.

EVENTS_DIRECTORY=/var/log/azure/Microsoft.Azure.Extensions.CustomScript/events

# The guest agent's kind of stamp: local time, milliseconds, no zone. Bash tells the time without a fork; AKS forks date three times,
# jq and mkdir for each event, which on an emulated processor would be most of a short step's length.
stamp() { # variable
  local epoch=$EPOCHREALTIME
  printf -v "$1" '%(%F %T)T.%s' "${epoch%.*}" "${epoch:11:3}"
}

json_text() { # variable text
  local text=${2//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//$'\n'/\\n}
  printf -v "$1" '"%s"' "${text//$'\t'/\\t}"
}

# One event, one file of eight keys. The agent forces the names: OperationId carries the END of the step.
write_event() { # file-name-ms task start end level message
  local - json_string message file_ms=$1
  set -f # the echo below is unquoted: a * in a message must stay a *
  json_text message "$6"
  # shellcheck disable=SC2089
  json_string="{ \"Timestamp\": \"$3\", \"OperationId\": \"$4\", \"Version\": \"1.23\", \"TaskName\": \"$2\", \"EventLevel\": \"$5\", \"Message\": $message, \"EventPid\": \"0\", \"EventTid\": \"0\" }"
  # A step and the step around it may start in the same millisecond. AKS lets the outer overwrite the inner; here it takes the next name.
  while [ -e "$EVENTS_DIRECTORY/$file_ms.json" ]; do file_ms=$((file_ms + 1)); done
  # Unquoted, as in AKS: the words of its trace in cluster-provision.log are what readers of that trace rely on.
  # shellcheck disable=SC2086,SC2090
  echo ${json_string} >"$EVENTS_DIRECTORY/$file_ms.json"
}

# Runs a step and writes its event. Under `set -e` a step that fails ends the shell and so leaves no event: the last task of a failed
# provisioning is missing here as it is on AKS, where steps exit by themselves.
logs_to_events() { # task command...
  local task=$1 start end milliseconds=${EPOCHREALTIME/./}
  shift
  stamp start
  "$@"
  stamp end
  write_event "${milliseconds:0:13}" "$task" "$start" "$end" Informational "Completed: $*"
}

retry() { # attempts seconds-between command...
  local attempts=$1 pause=$2 attempt
  shift 2
  for ((attempt = 1; attempt <= attempts; attempt++)); do
    if "$@"; then return 0; fi
    sleep "$pause"
  done
  echo "gave up after $attempts attempts: $*"
  return 1
}

# Starts a unit and waits for it. Restart, so that a running service takes what provisioning wrote; enable brings the reload with it,
# one for each unit. (AKS reloads twice.)
systemctlEnableAndStart() { # unit seconds
  local result=0
  systemctl enable "$1"
  timeout "$2" systemctl restart "$1" || result=4
  log_status "$1" "$result"
  return "$result"
}

# Enqueues the start and goes on: what follows overlaps with it, and has to look after itself.
systemctlEnableAndStartNoBlock() { # unit seconds
  systemctl enable "$1"
  timeout "$2" systemctl restart --no-block "$1" || return 4
  log_status "$1" 0
}

# STATUS_LOG is set by provision.sh: `always` before the change, `on-failure` since.
log_status() { # unit result
  if [ "$STATUS_LOG" = always ] || [ "$2" -ne 0 ]; then
    systemctl status "$1" --no-pager --lines 20 >"/var/log/azure/$1-status.log" || true
  fi
}

# One call to the control plane over mutual TLS: prints the body of the answer, fails unless it is a 2xx. AKS nodes have curl and kubelet;
# here it is socat, which starts in a sixth of curl's instructions. The time-out is for an answer that never comes.
control_plane_call() { # client-pem method path [body]
  local body=${4-} answer
  answer=$(printf '%s %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' \
    "$2" "$3" "$API_SERVER" "${#body}" "$body" |
    socat -t 10 - "OPENSSL:$API_SERVER:$API_SERVER_PORT,cert=$1,cafile=$CERTIFICATES/ca.crt") || return 1
  if [[ $answer != 'HTTP/1.1 2'* ]]; then
    echo "$2 $3: ${answer%%$'\r'*}" >&2
    return 1
  fi
  printf '%s' "${answer#*$'\r\n\r\n'}"
}
