#!/bin/bash
# A stand-in for the Kubernetes API server: answers one request on standard input and output. socat has ended mutual TLS before and
# says in SOCAT_OPENSSL_X509_* who is asking. It runs inside the machine, so that no wait for another machine is in the measurement.
#
#   GET   /healthz
#   POST  /apis/certificates.k8s.io/v1/certificatesigningrequests          kept for the signer
#   GET   /apis/certificates.k8s.io/v1/certificatesigningrequests/<name>   with its certificate, once signed
#   POST  /api/v1/nodes         PATCH /api/v1/nodes/<name>/status          the body comes back
set -euo pipefail
STATE=/run/control-plane
CSR_PATH=/apis/certificates.k8s.io/v1/certificatesigningrequests
BODY_LIMIT=65536 # a request for a certificate has about 700 bytes

respond() { # status body
  printf 'HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' "$1" "${#2}" "$2"
  exit 0
}

refuse() { # status reason
  respond "$1" "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"message\":\"$2\"}"
}

identity_is() { # pattern
  # shellcheck disable=SC2053 # a pattern on purpose
  if [[ ${SOCAT_OPENSSL_X509_COMMONNAME-} != $1 ]]; then refuse '403 Forbidden' 'not for this identity'; fi
}

read_request() {
  local line
  length=0
  read -r method path _
  while read -r line && [ "$line" != $'\r' ]; do
    if [[ ${line,,} =~ ^content-length:\ *([0-9]{1,6}) ]]; then length=${BASH_REMATCH[1]}; fi
  done
  if [ "$length" -gt "$BODY_LIMIT" ]; then refuse '413 Payload Too Large' 'the body is too large'; fi
  body=
  if [ "$length" -gt 0 ]; then read -r -N "$length" body; fi
}

# The name is made from the request: the same request has the same name, on every boot.
create_request() {
  local request sum name
  if [[ $body != *'"kubernetes.io/kube-apiserver-client-kubelet"'* || ! $body =~ \"request\":\ *\"([A-Za-z0-9+/=]+)\" ]]; then
    refuse '422 Unprocessable Entity' 'no request for a kubelet client certificate'
  fi
  request=${BASH_REMATCH[1]}
  sum=$(sha256sum <<<"$request")
  name=node-csr-${sum:0:10}
  base64 --decode <<<"$request" >"$STATE/csr/$name.tmp"
  mv "$STATE/csr/$name.tmp" "$STATE/csr/$name.csr" # the signer watches for this name
  respond '201 Created' "$(request_object "$name" '')"
}

show_request() { # name
  local certificate
  if [[ ! $1 =~ ^node-csr-[0-9a-f]{10}$ || ! -f $STATE/csr/$1.csr ]]; then refuse '404 Not Found' 'no such request'; fi
  if [ ! -f "$STATE/csr/$1.crt" ]; then respond '200 OK' "$(request_object "$1" '')"; fi
  certificate=$(base64 --wrap 0 "$STATE/csr/$1.crt")
  respond '200 OK' "$(request_object "$1" "\"conditions\":[{\"type\":\"Approved\",\"status\":\"True\"}],\"certificate\":\"$certificate\"")"
}

request_object() { # name status
  printf '{"apiVersion":"certificates.k8s.io/v1","kind":"CertificateSigningRequest","metadata":{"name":"%s"},"status":{%s}}' "$1" "$2"
}

read_request
case "$method $path" in
  "GET /healthz") respond '200 OK' '"ok"' ;;
  "POST $CSR_PATH") identity_is 'system:bootstrap:*'; create_request ;;
  "GET $CSR_PATH/"*) identity_is 'system:bootstrap:*'; show_request "${path##*/}" ;;
  "POST /api/v1/nodes") identity_is 'system:node:*'; respond '201 Created' "$body" ;;
  "PATCH /api/v1/nodes/"*) identity_is 'system:node:*'; respond '200 OK' "$body" ;;
  *) refuse '404 Not Found' 'no such resource' ;;
esac
