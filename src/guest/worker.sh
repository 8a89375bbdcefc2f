# shellcheck shell=sh disable=SC2016,SC2034,SC2046,SC2086,SC2154,SC2238
# What runs the commands in turn (script.ts): a line `output` or `files` for each follows this. Names in capitals are
# constants, which script.ts puts in; `at` is a file. A write over the cap fails with an error: the signal that would come
# first dumps core, which wakes the crash handler.
from=$2 group=$3$$
trap '' XFSZ
begin() {
  [ "$1" -ge "$from" ] || return 1
  echo "$1 $2 $group" >at || exit $DISK_FULL
}
run() { (c=$2; ulimit -f "$1"; set --; eval "$c") 2>err </dev/null; }
ended() {
  echo "$1 $2" >>out/status || exit $DISK_FULL
  if [ "$2" != 0 ] && [ -s err ]; then head -c $ERROR_BYTES err >"out/e$1" || exit $DISK_FULL; fi
}
output() {
  begin "$1" "$2" || return
  run "$3" "$4" >"out/$1"
  ended "$1" $?
}
files() {
  begin "$1" "$2" || return
  run "$3" "$4" >list
  ended "$1" $?
  (
    out=$PWD/out/$1 IFS='
'
    ulimit -f "$3"
    set -f
    set -- $(sed -n 's,^/,,p;${MAX_FOLDER_FILES}q' list)
    [ $# = 0 ] || exec tar --no-recursion -C / -chf "$out" -- "$@"
  ) >/dev/null 2>&1 </dev/null
}
