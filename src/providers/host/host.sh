# shellcheck shell=sh
# What is done on a machine of the host provider, as root, by its own sh. Settings come before it as variables:
#   VERB   what to do; the others are that verb's own
# What was found is kept beside the lock, on a disk that outlives a reboot: a run that goes on from elsewhere finds it there.
set -u
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL=C
home=/var/lib/bench-host
lock=$home/lock
loader_guid=4a67b082-0a4c-41cf-b6c7-440b29bb8c4f

fail() { echo "$*" >&2; exit 1; }
grub() { command -v grub-reboot || command -v grub2-reboot; }
grub_env() { if command -v grub-editenv >/dev/null; then grub-editenv "$@"; else grub2-editenv "$@"; fi; }
efi() { tail -c +5 "/sys/firmware/efi/efivars/$1-$loader_guid" 2>/dev/null | tr -d '\000'; }
loader() {
  if command -v bootctl >/dev/null && [ -n "$(efi LoaderInfo)" ]; then echo systemd-boot
  elif grub >/dev/null; then echo grub
  else echo none; fi
}
deployments() { ostree admin status | sed -n 's/^[* ] *[^ ]* \([0-9a-f]\{16,\}\)\.\([0-9]*\).*/\1/p'; }

describe() {
  echo "boot-id=$(cat /proc/sys/kernel/random/boot_id)"
  echo "cmdline=$(cat /proc/cmdline)"
  echo "entry=$(efi LoaderEntrySelected)"
  echo "loader=$(loader)"
  echo "kernel=$(uname -r)"
  echo "clock=$(date +%s)"
}

# An entry of systemd-boot like the one that was booted, with more on its command line.
add_entry() {
  boot=$(bootctl --print-boot-path 2>/dev/null || bootctl --print-esp-path) || fail 'bootctl knows no boot partition: is it mounted?'
  from=$boot/loader/entries/$ORIGINAL
  [ -f "$from" ] || from=$from.conf
  [ -f "$from" ] || fail "there is no $from to take the kernel from"
  { sed 's/^title .*/& (bench)/' "$from"; echo "options $VALUE"; } >"$boot/loader/entries/bench-arguments.conf"
  bootctl set-oneshot bench-arguments.conf
}

load_kernel() {
  command -v kexec >/dev/null || fail 'kernelArguments needs systemd-boot, or kexec (package kexec-tools)'
  for initrd in "/boot/initrd.img-$(uname -r)" "/boot/initramfs-$(uname -r).img" "/boot/initrd-$(uname -r)" ''; do
    [ -z "$initrd" ] || [ ! -f "$initrd" ] || break
  done
  kexec -l "/boot/vmlinuz-$(uname -r)" ${initrd:+--initrd="$initrd"} --command-line="$CMDLINE${VALUE:+ $VALUE}"
}

disarm() {
  case $(loader) in
    systemd-boot)
      bootctl set-oneshot '' 2>/dev/null || rm -f "/sys/firmware/efi/efivars/LoaderEntryOneShot-$loader_guid"
      boot=$(bootctl --print-boot-path 2>/dev/null || bootctl --print-esp-path 2>/dev/null) || boot=
      [ -z "$boot" ] || rm -f "$boot/loader/entries/bench-arguments.conf" ;;
    grub) grub_env - unset next_entry ;;
  esac
  return 0
}

case $VERB in
  describe) describe ;;
  lock)
    mkdir -p "$home" || fail "cannot write $home"
    mine=$home/lock.$$
    { echo "run=$RUN"; echo "scenario=$SCENARIO"; echo "owner=$OWNER"; echo "since=$SINCE"; echo "delete-after=$DELETE_AFTER"
      describe; } >"$mine" || fail "cannot write $mine"
    sync
    # A link is made by one of two, whoever comes first.
    ln "$mine" "$lock" 2>/dev/null
    rm -f "$mine"
    sync
    cat "$lock" ;;
  held) cat "$lock" 2>/dev/null || true ;;
  mark) echo "applied=$VALUE" >>"$lock" && sync ;;
  arm)
    case $KIND in
      as-is) disarm ;;
      entry)
        case $(loader) in
          systemd-boot) bootctl set-oneshot "$VALUE" ;;
          grub) "$(grub)" "$VALUE" ;;
          *) fail 'a boot entry needs systemd-boot (bootctl) or GRUB (grub-reboot), and neither is there' ;;
        esac ;;
      deployment)
        number=$(deployments | grep -n "^$VALUE" | head -n 1 | cut -d: -f1)
        [ -n "$number" ] || fail "there is no deployment $VALUE: $(deployments | tr '\n' ' ')"
        ostree admin set-default $((number - 1)) ;;
      arguments)
        if [ "$(loader)" = systemd-boot ]; then
          if [ -n "$VALUE" ]; then add_entry; else disarm; fi
        else load_kernel; fi ;;
      *) fail "nobody knows how to arm $KIND" ;;
    esac && sync ;;
  disarm) disarm && sync ;;
  order)
    # A loaded kernel is booted by kexec; without one systemd reboots.
    if [ "$(cat /sys/kernel/kexec_loaded 2>/dev/null)" = 1 ]; then systemctl kexec; else systemctl reboot; fi ;;
  settled) systemctl is-system-running --wait || true ;;
  unlock) rm -f "$lock" && sync ;;
  may)
    describe
    echo "root=$(id -u)"
    echo "systemd=$(systemctl --version | sed -n '1s/systemd \([0-9]*\).*/\1/p')"
    if { mkdir -p "$home" && : >"$home/test" && rm "$home/test"; } 2>/dev/null; then echo writes=yes; fi
    echo "inhibitors=$(systemd-inhibit --list --no-legend 2>/dev/null | grep -c 'shutdown.*block ' || true)"
    echo "held=$(sed -n 's/^run=//p' "$lock" 2>/dev/null)" ;;
esac
