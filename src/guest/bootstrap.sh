# shellcheck shell=sh disable=SC1091,SC2086,SC2154,SC2164
# Takes the script from standard input and runs it (script.ts). It becomes one line in single quotes, so that any login shell
# reads it alike: no single quotes here, and every line ends where a blank may follow. Names in capitals are constants, which
# script.ts puts in.
umask 077; x=$NO_FOLDER; for r in /run /tmp; do d=$r/bench-$$; mkdir $d $d/out 2>/dev/null || continue; cd $d;
if (echo >room) 2>/dev/null; then head -c $SIZE >script && . ./script; cd /; rm -rf $d; exit $DISK_FULL; fi;
x=$DISK_FULL; cd /; rm -rf $d; done; echo no room in /run and /tmp >&2; exit $x
