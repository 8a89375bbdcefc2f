#!/bin/bash
# A stand-in for the controllers that approve and sign certificate requests: signs what the control-plane stand-in keeps, if it asks to
# be a node. Like the real ones it works beside the API, so whoever asked has to wait.
set -euo pipefail
PKI=/opt/stand-in/pki
REQUESTS=/run/control-plane/csr

sign() { # request
  local crt=${1%.csr}.crt
  if ! openssl req -in "$1" -noout -verify -subject -nameopt RFC2253 2>/dev/null | grep --quiet '^subject=CN=system:node:[^,]*,O=system:nodes$'; then
    echo "refused: $1 does not ask to be a node"
    return 0
  fi
  openssl x509 -req -in "$1" -CA "$PKI/ca.crt" -CAkey "$PKI/ca.key" -days 365 -extfile "$PKI/client.ext" -out "$crt.tmp"
  mv "$crt.tmp" "$crt"
}

inotifywait --quiet --monitor --event moved_to --format '%f' "$REQUESTS" | while read -r name; do
  case $name in *.csr) sign "$REQUESTS/$name" ;; esac
done
