#!/bin/bash
# A bridge in promiscuous mode hands a pod's packets to their destination twice: drop the copy. (In AKS: ensure-no-dup.sh.)
set -euo pipefail
ip link show cbr0 >/dev/null 2>&1 || ip link add cbr0 type bridge
ip address replace 10.244.0.1/24 dev cbr0
ip link set cbr0 up promisc on
if ! ebtables --table filter --list >/dev/null 2>&1; then
  echo 'this kernel has no ebtables: no rules, so duplicates may be seen' # a container, or a lean kernel
  exit 0
fi
read -r _ mac < <(ip -oneline link show cbr0 | grep --only-matching 'link/ether [0-9a-f:]*')
ebtables --table filter --new-chain AKS-DEDUP-PROMISC 2>/dev/null || ebtables --table filter --flush AKS-DEDUP-PROMISC
ebtables --table filter --append AKS-DEDUP-PROMISC --protocol IPv4 --source "$mac" --out-interface 'veth+' --ip-source 10.244.0.1 --jump ACCEPT
ebtables --table filter --append AKS-DEDUP-PROMISC --protocol IPv4 --source "$mac" --out-interface 'veth+' --ip-source 10.244.0.0/24 --jump DROP
ebtables --table filter --append OUTPUT --jump AKS-DEDUP-PROMISC
