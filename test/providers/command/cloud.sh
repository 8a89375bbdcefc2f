#!/bin/sh
# A cloud in a folder ($CLOUD): a file a machine. It behaves as `fault` in the options says, as the programs of users do on bad days.
set -eu
verb=$1
request=$(cat)
ask() { printf '%s' "$request" | jq -r "$1"; }
fault=$(ask '.options.fault // ""')
printf '%s\n' "$request" >>"$CLOUD/$verb.log"
name=$(ask '.name // ""')

if [ "$fault" = "$verb-hangs" ]; then
  sleep 300 &
  echo $! >>"$CLOUD/sleepers"
  wait
fi
[ "$fault" != "$verb-dies" ] || kill -9 $$
if [ "$fault" = "$verb-fails" ]; then echo "no quota for $SECRET_TOKEN: password=hunter2hunter2" >&2; exit 7; fi
[ "$fault" != "$verb-garbage" ] || { echo 'Creating machine... done'; exit 0; }
[ "$fault" != "$verb-silence" ] || exit 0
[ "$fault" != "$verb-flood" ] || exec yes '{"schema":'

case $verb in
  create)
    [ "$fault" != create-other ] || { echo '{"schema":"bench/command-machine@1","port":"ssh"}'; exit 0; }
    [ "$fault" = create-pretends ] || printf '%s' "$request" | jq -c '{name, run, scenario, deleteAfter, id: ("i-" + .boot)}' >"$CLOUD/$name.json"
    [ "$fault" != create-leaks ] || jq -c '.name += "-twin"' "$CLOUD/$name.json" >"$CLOUD/$name-twin.json"
    [ "$fault" != create-makes-and-fails ] || { echo 'timed out while waiting' >&2; exit 1; }
    [ "$fault" != create-makes-and-hangs ] || sleep 300
    # Machines of two blocks may be there at a time: each has its own port.
    port=$(ask "(((.boot[0:4] | tonumber) - 1) / 2 | floor % 2) as \$block | if .variant == \"before\" then [$BEFORE_PORTS] else [$AFTER_PORTS] end | .[\$block]")
    id=i-$(ask .boot)
    [ "$fault" != create-repeats ] || id=i-always
    ask "{schema: \"bench/command-machine@1\", host: \"127.0.0.1\", port: $port, user: .boot, id: \"$id\", facts: {zone: \"z1\"}}" ;;
  destroy)
    case $fault in
      destroy-lies) exit 0 ;;
      destroy-once-busy) [ -e "$CLOUD/busy" ] || { : >"$CLOUD/busy"; echo busy >&2; exit 1; } ;;
    esac
    rm -f "$CLOUD/$name.json" ;;
  list)
    case $fault in
      list-foreign) echo '{"schema":"bench/command-machines@1","machines":[{"name":"database","run":"'"$(ask '.run // "x"')"'"}]}'; exit 0 ;;
    esac
    cat "$CLOUD"/bench-*.json 2>/dev/null | jq -s '{schema: "bench/command-machines@1", machines: .}' ;;
esac
