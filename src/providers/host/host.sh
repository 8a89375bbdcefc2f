# shellcheck shell=sh
# What is done on a machine of the host provider, as root, by its own sh. Settings come before it as variables:
#   VERB   what to do; the others are that verb's own
# What was found is kept beside the lock, on a disk that outlives a reboot: a run that continues from elsewhere finds it there.
set -u
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL=C
home=/var/lib/bench-host
efivars=/sys/firmware/efi/efivars
kexec_loaded=/sys/kernel/kexec_loaded
lock=$home/lock
loader_guid=4a67b082-0a4c-41cf-b6c7-440b29bb8c4f

fail() { echo "$*" >&2; exit 1; }
grub() { command -v grub-reboot || command -v grub2-reboot; }
grub_env() { if command -v grub-editenv >/dev/null; then grub-editenv "$@"; else grub2-editenv "$@"; fi; }
# By way of a pipe: no program can seek in a variable of the firmware, and tail gives up on a file that it cannot seek in.
# shellcheck disable=SC2002
efi() { cat "$efivars/$1-$loader_guid" 2>/dev/null | tail -c +5 | tr -d '\000'; }
loader() {
  if command -v bootctl >/dev/null && [ -n "$(efi LoaderInfo)" ]; then echo systemd-boot
  elif grub >/dev/null; then echo grub
  else echo none; fi
}
# Checksum and serial of deployments in the order in which they are booted, of all or of the one that runs (`*`). What `ostree=` on the command
# line holds is the checksum of kernel and initrd, which deployments may share. Source: ot-admin-builtin-status.c.
deployments() { ostree admin status 2>/dev/null | sed -n "s/^[${1:-* }] [^ ]* \\([0-9a-f]\\{16,\\}\\.[0-9]*\\).*/\\1/p"; }

describe() {
  echo "boot-id=$(cat /proc/sys/kernel/random/boot_id)"
  echo "cmdline=$(cat /proc/cmdline)"
  echo "entry=$(efi LoaderEntrySelected)"
  echo "loader=$(loader)"
  echo "deployment=$(deployments '*')"
  echo "next-deployment=$(deployments | head -n 1)"
  echo "kernel=$(uname -r)"
  echo "clock=$(date +%s)"
}

boot_paths() { bootctl --print-boot-path 2>/dev/null; bootctl --print-esp-path 2>/dev/null; }

# An entry of systemd-boot like the one that was booted, with more on its command line. Its tries may be counted in its name.
add_entry() {
  [ -n "$(boot_paths)" ] || fail 'bootctl knows no boot partition: is it mounted?'
  for boot in $(boot_paths); do
    for from in "$boot/loader/entries/${ORIGINAL%.conf}.conf" "$boot/loader/entries/${ORIGINAL%.conf}"+*.conf; do
      [ -f "$from" ] || continue
      # Without its key it is sorted behind all that have one: it never becomes what is booted by default.
      { sed -e 's/^title .*/& (bench)/' -e '/^sort-key/d' "$from"; echo "options $VALUE"; } >"$boot/loader/entries/bench-arguments.conf"
      bootctl set-oneshot bench-arguments.conf
      return
    done
  done
  fail "there is no entry $ORIGINAL to take the kernel from, in $(boot_paths | sort -u | tr '\n' ' ')(unified kernel images have none)"
}

load_kernel() {
  command -v kexec >/dev/null || fail 'kernelArguments needs systemd-boot, or kexec (package kexec-tools)'
  release=$(uname -r)
  for kernel in "/boot/vmlinuz-$release" "/usr/lib/modules/$release/vmlinuz"; do [ ! -f "$kernel" ] || break; done
  for initrd in "/boot/initrd.img-$release" "/boot/initramfs-$release.img" "/boot/initrd-$release" \
    "/usr/lib/modules/$release/initramfs.img" ''; do
    [ -z "$initrd" ] || [ ! -f "$initrd" ] || break
  done
  kexec -l "$kernel" ${initrd:+--initrd="$initrd"} --command-line="$CMDLINE${VALUE:+ $VALUE}"
}

# The place of the one deployment that begins with $1.
place_of() {
  deployments | awk -v wanted="$1" 'index($0, wanted) == 1 { found++; place = NR - 1 } END { if (found == 1) print place; exit found != 1 }'
}

# Nothing is chosen for the next boot any more: it is what it was when the machine was locked.
disarm() {
  [ "$(cat "$kexec_loaded" 2>/dev/null)" != 1 ] || kexec -u
  case $(loader) in
    systemd-boot)
      bootctl set-oneshot '' 2>/dev/null || rm -f "$efivars/LoaderEntryOneShot-$loader_guid"
      for boot in $(boot_paths); do rm -f "$boot/loader/entries/bench-arguments.conf"; done ;;
    grub) grub_env - unset next_entry ;;
  esac
  [ -z "${NEXT_DEPLOYMENT:-}" ] || [ "$(deployments | head -n 1)" = "$NEXT_DEPLOYMENT" ] ||
    ostree admin set-default "$(place_of "$NEXT_DEPLOYMENT")"
}

case $VERB in
  describe) describe ;;
  lock)
    mkdir -p "$home" || fail "cannot write $home"
    mine=$home/lock.$$
    { echo "run=$RUN"; echo "scenario=$SCENARIO"; echo "owner=$OWNER"; echo "since=$SINCE"; echo "delete-after=$DELETE_AFTER"
      describe; } >"$mine" || fail "cannot write $mine"
    sync
    # A link is made by one of two processes, the first one.
    ln "$mine" "$lock" 2>/dev/null
    rm -f "$mine"
    sync
    cat "$lock" ;;
  held) cat "$lock" 2>/dev/null || true ;;
  mark) echo "applied=$VALUE" >>"$lock" && sync ;;
  arm)
    disarm
    case $KIND in
      as-is) ;;
      entry)
        case $(loader) in
          systemd-boot)
            # Its names have an ending, except for those that it makes itself.
            case $VALUE in *.conf | *.efi | auto-* | @*) ;; *) VALUE=$VALUE.conf ;; esac
            bootctl set-oneshot "$VALUE" ;;
          grub) "$(grub)" "$VALUE" ;;
          *) fail 'a boot entry needs systemd-boot (bootctl) or GRUB (grub-reboot), and neither is there' ;;
        esac ;;
      deployment)
        place=$(place_of "$VALUE") || fail "there is not one deployment $VALUE: $(deployments | tr '\n' ' ')"
        ostree admin set-default "$place" ;;
      arguments)
        if [ "$(loader)" != systemd-boot ]; then load_kernel
        elif [ -n "$VALUE" ]; then add_entry; fi ;;
      *) fail "nobody knows how to arm $KIND" ;;
    esac && sync ;;
  disarm) disarm && sync ;;
  order)
    # A loaded kernel is booted by kexec; without one systemd reboots.
    if [ "$(cat "$kexec_loaded" 2>/dev/null)" = 1 ]; then systemctl kexec; else systemctl reboot; fi ;;
  settled) systemctl is-system-running --wait || true ;;
  unlock) rm -f "$lock" && sync ;;
  may)
    describe
    echo "root=$(id -u)"
    echo "systemd=$(systemctl --version | sed -n '1s/systemd \([0-9]*\).*/\1/p')"
    if { mkdir -p "$home" && : >"$home/test" && rm "$home/test"; } 2>/dev/null; then echo writes=yes; fi
    echo "kexec=$(command -v kexec)"
    echo "boot-path=$(boot_paths | head -n 1)"
    echo "inhibitors=$(systemd-inhibit --list --no-legend 2>/dev/null | grep -c 'shutdown.*block ' || true)"
    echo "held=$(sed -n 's/^run=//p' "$lock" 2>/dev/null)" ;;
esac
