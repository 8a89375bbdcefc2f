# shellcheck shell=sh disable=SC1007,SC2034,SC2035,SC2086,SC2154,SC2217,SC2238,SC2317
# What starts the worker and the watcher, and sends what came of them (script.ts). Names in capitals are constants, which
# script.ts puts in; `at` is a file; those in `out` have numbers for names.
here=$PWD worker= watcher=
leave() {
  [ -z "$worker" ] || kill -KILL "$sign$worker" 2>/dev/null
  [ -z "$watcher" ] || kill "$watcher" 2>/dev/null
  cd /
  rm -rf "$here" >/dev/null 2>&1 </dev/null &
}
trap leave EXIT
trap 'exit 143' HUP INT TERM
if command -v setsid >/dev/null; then session=setsid sign=-; else session= sign=; fi
: >out/status
exec 3<&0 </dev/null
(
  last= seconds=0
  while read -r tick; do
    item= limit= group=
    read -r item limit group <at
    [ -n "$group" ] || continue
    if [ "$item" = "$last" ]; then seconds=$((seconds + 1)); else last=$item seconds=0; fi
    [ "$seconds" -lt "$limit" ] || kill -KILL "$group"
  done
  kill $$
) <&3 >/dev/null 2>&1 &
watcher=$!
exec 3<&-
from=-1
while [ "$from" -lt $REQUESTS ]; do
  $session sh script work "$from" "$sign" </dev/null >/dev/null 2>&1 &
  worker=$!
  wait "$worker"
  code=$?
  worker=
  [ "$code" != 0 ] || break
  [ "$code" != $DISK_FULL ] || exit $DISK_FULL
  item=
  read -r item limit group <at
  [ "$item" -ge "$from" ] || exit "$code"
  [ "$item" -lt 0 ] || echo "$item -" >>out/status || exit $DISK_FULL
  from=$((item + 1))
done
: >at
echo >room2 || exit $DISK_FULL
cd out || exit $DISK_FULL
if command -v gzip >/dev/null; then tar -cf - * | gzip -1; else tar -cf - *; fi
exit
