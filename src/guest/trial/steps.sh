# shellcheck shell=bash
# Sourced by every bash of the unit that provisions (BASH_ENV), behind a function `bench_trial`, which sets bench_do to what is planned for
# a step: "<number> sleep <seconds>", "<number> spin <nanoseconds>", "<number> skip", "<number> defer", or nothing.
# Steps are calls of logs_to_events. Once a script has defined it, it is wrapped: words, exit codes and subshells stay as they are, and
# nothing of this is in the script's trace but the line of the wrapped call.
bench_stamp() {
  local uptime rest
  read -r uptime rest </proc/uptime
  echo "$1 $2 $3 $uptime" >>/run/bench-trial/stamps
}

# Fails where the step is not to run now.
bench_before() {
  local number action amount spent=0 rest bench_do=
  bench_trial "${1#AKS.CSE.}"
  [ -n "$bench_do" ] || return 0
  read -r number action amount <<<"$bench_do"
  bench_stamp "$number" "$action" begin
  case $action in
    sleep) sleep "$amount" ;;
    spin)
      # In its own process: this one's processor time is not at zero.
      (while [ "$spent" -lt "$amount" ]; do read -r spent rest </proc/self/schedstat || break; done)
      ;;
    defer)
      bench_deferred+=("$(printf '%q ' "$@")")
      bench_deferred_numbers+=("$number")
      trap bench_run_deferred EXIT
      return 1
      ;;
    skip)
      bench_stamp "$number" "$action" end
      return 1
      ;;
  esac
  bench_stamp "$number" "$action" end
}

# The steps that were put off, once the script has ended well.
bench_run_deferred() {
  local status=$? index
  trap - EXIT
  [ "$status" -eq 0 ] || exit "$status"
  for index in "${!bench_deferred[@]}"; do
    bench_stamp "${bench_deferred_numbers[index]}" defer end
    eval "bench_step ${bench_deferred[index]}"
  done
}

# Fails until there is something to wrap. The trap is not removed in here: bash would put it back at the end of the function.
bench_wrap() {
  declare -F logs_to_events >/dev/null || return 1
  local original
  original=$(declare -f logs_to_events)
  eval "bench_step ${original#logs_to_events}"
  # shellcheck disable=SC2317 # called by the script that is wrapped
  logs_to_events() {
    { bench_before "$@"; } 2>/dev/null || return 0
    bench_step "$@"
  }
}

bench_deferred=() bench_deferred_numbers=()
# Ahead of each command of the script itself, until the first that finds something.
trap '{ bench_wrap && trap - DEBUG || :; } 2>/dev/null' DEBUG
