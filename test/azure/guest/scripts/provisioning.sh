#!/bin/bash
# A stand-in for cloud-init on Azure: takes what the machine was asked for from the provisioning disc (ovf-env.xml, in Azure's own
# form) before sshd starts, and prints the host key on the console as cloud-init does.
set -euo pipefail
AGENT=/var/lib/waagent

field() { # tag: the text of the first such element; values are base64 or names, so nothing in them is escaped
  sed -n "s|.*<ns1:$1>\(.*\)</ns1:$1>.*|\1|p" "$AGENT/ovf-env.xml" | head -n 1
}

disc=$(mktemp --directory)
mount -t iso9660 -o ro /dev/vdb "$disc"
install --directory --mode 0700 "$AGENT"
install --mode 0600 "$disc/ovf-env.xml" "$AGENT/ovf-env.xml"
umount "$disc"

name=$(field HostName)
echo "$name" >/etc/hostname
hostname "$name"

user=$(field UserName)
id "$user" >/dev/null 2>&1 || useradd --create-home --shell /bin/bash "$user"
printf '%s ALL=(ALL) NOPASSWD:ALL\n' "$user" >/etc/sudoers.d/90-provisioned
chmod 0440 /etc/sudoers.d/90-provisioned
install --directory --owner "$user" --group "$user" --mode 0700 "/home/$user/.ssh"
field Value >"/home/$user/.ssh/authorized_keys"
chown "$user:$user" "/home/$user/.ssh/authorized_keys"
chmod 0600 "/home/$user/.ssh/authorized_keys"

ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
{
  echo '-----BEGIN SSH HOST KEY KEYS-----'
  cat /etc/ssh/ssh_host_ed25519_key.pub
  echo '-----END SSH HOST KEY KEYS-----'
} >/dev/console

# As cloud-init does with a boothook: run early, once, as root.
field CustomData | base64 --decode >"$AGENT/CustomData"
data="$AGENT/CustomData"
if gzip --test "$data" 2>/dev/null; then
  gzip --decompress --stdout "$data" >"$data.unpacked"
  data="$data.unpacked"
fi
run_hook() {
  case $(head -n 1 "$1") in
    '#cloud-boothook'* | '#!'*) /bin/bash "$1" ;;
  esac
}
boundary=$(sed -n '1s|^Content-Type: multipart/mixed; boundary="\(.*\)"$|\1|p' "$data")
if [ -z "$boundary" ]; then
  run_hook "$data"
else
  # A part ends where the next begins; its body begins behind an empty line, in base64.
  awk -v mark="--$boundary" -v to="$AGENT/part" '
    index($0, mark) == 1 { number++; body = 0; next }
    number && $0 == "" { body = 1; next }
    number && body { print >(to number ".base64") }
  ' "$data"
  for part in "$AGENT"/part*.base64; do
    base64 --decode "$part" >"${part%.base64}"
    run_hook "${part%.base64}"
  done
fi
