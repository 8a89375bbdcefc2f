#!/bin/bash
# A stand-in for kubelet: NOT a kubelet. It does what a kubelet does until its node is ready, with real parts: a key, a certificate
# request over mutual TLS, a kubeconfig, a container run by containerd. Installed as /opt/bin/kubelet, run as kubelet.service, and
# it logs the lines by which a kubelet's start is followed. It manages no pods and sends no heartbeats.
set -euo pipefail

if [ "${1-}" = --version ]; then
  echo 'Kubernetes v0.0.0-stand-in'
  exit 0
fi

# shellcheck disable=SC1091 # API_SERVER, API_SERVER_PORT, CERTIFICATES, POD_INFRA_IMAGE: written by configureK8s
source /etc/default/kubelet
# shellcheck source=../provisioning/provision_helpers.sh
source /opt/azure/containers/provision_helpers.sh
STATE=/var/lib/kubelet
REQUESTS=/apis/certificates.k8s.io/v1/certificatesigningrequests
BOOTSTRAP=$CERTIFICATES/bootstrap.pem
CLIENT=$STATE/pki/kubelet-client-current.pem

# klog's line: severity, month and day, time in microseconds, process, source, message.
log() { # source message
  local now=$EPOCHREALTIME
  printf 'I%(%m%d %H:%M:%S)T.%s %7d %s] %s\n' "${now%.*}" "${now#*.}" "$$" "$1" "$2" >&2
}

# The key never leaves the node: what goes to the control plane is a request signed by it, under the bootstrap identity.
request_certificate() { # prints the name under which the control plane keeps the request
  local csr answer
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj "/O=system:nodes/CN=system:node:$HOSTNAME" \
    -keyout "$STATE/pki/kubelet-client.key.tmp" -out "$STATE/pki/kubelet-client.csr" 2>/dev/null
  csr=$(base64 --wrap 0 "$STATE/pki/kubelet-client.csr")
  answer=$(control_plane_call "$BOOTSTRAP" POST "$REQUESTS" "{
      \"apiVersion\": \"certificates.k8s.io/v1\", \"kind\": \"CertificateSigningRequest\", \"metadata\": {\"generateName\": \"node-csr-\"},
      \"spec\": {\"request\": \"$csr\", \"signerName\": \"kubernetes.io/kube-apiserver-client-kubelet\", \"usages\": [\"digital signature\", \"client auth\"]}}")
  [[ $answer =~ \"name\":\ *\"([a-z0-9-]+)\" ]]
  echo "${BASH_REMATCH[1]}"
}

# A kubelet watches; asking ten times a second is the nearest that stays simple. 300 s is kubelet's own patience.
wait_for_certificate() { # request
  local answer attempt
  for ((attempt = 0; attempt < 3000; attempt++)); do
    answer=$(control_plane_call "$BOOTSTRAP" GET "$REQUESTS/$1")
    if [[ $answer =~ \"certificate\":\ *\"([A-Za-z0-9+/=]+)\" ]]; then
      base64 --decode <<<"${BASH_REMATCH[1]}" >"$STATE/pki/kubelet-client.crt.tmp"
      return 0
    fi
    sleep 0.1
  done
  return 1
}

# Each file appears whole, by rename: whoever watches for the kubeconfig may use it at once.
write_kubeconfig() {
  cat "$STATE/pki/kubelet-client.crt.tmp" "$STATE/pki/kubelet-client.key.tmp" >"$STATE/pki/kubelet-client.pem"
  ln -sf kubelet-client.pem "$CLIENT"
  rm "$STATE/pki/kubelet-client.crt.tmp" "$STATE/pki/kubelet-client.key.tmp" "$STATE/pki/kubelet-client.csr"
  cat >"$STATE/kubeconfig.tmp" <<KUBECONFIG
apiVersion: v1
kind: Config
clusters:
- name: default
  cluster: {certificate-authority: $CERTIFICATES/ca.crt, server: "https://$API_SERVER:$API_SERVER_PORT"}
users:
- name: default
  user: {client-certificate: $CLIENT, client-key: $CLIENT}
contexts:
- name: default
  context: {cluster: default, user: default}
current-context: default
KUBECONFIG
  mv "$STATE/kubeconfig.tmp" "$STATE/kubeconfig"
}

# The pod's sandbox. Ready once its process runs.
run_container() {
  # No shares: a container that runs this node (a test) may have no say over the processor.
  ctr --namespace k8s.io run --detach --cpu-shares 0 "$POD_INFRA_IMAGE" pause-stand-in
  ctr --namespace k8s.io tasks list | grep 'pause-stand-in .*RUNNING'
}

umask 077
log server.go:483 "\"Kubelet stand-in, not a kubelet\" node=\"$HOSTNAME\""
systemd-notify --ready # as early as a kubelet: ready to run, not a ready node
mkdir -p "$STATE/pki"

if [ ! -f "$STATE/kubeconfig" ]; then
  request=$(request_certificate)
  log bootstrap.go:241 "\"Using next bootstrap client certificate, waiting for it to be signed\" request=\"$request\""
  wait_for_certificate "$request"
  write_kubeconfig
fi
log kubelet_node_status.go:73 "\"Attempting to register node\" node=\"$HOSTNAME\""
control_plane_call "$CLIENT" POST /api/v1/nodes "{\"kind\":\"Node\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"$HOSTNAME\"}}" >"$STATE/node.json"
log kubelet_node_status.go:76 "\"Successfully registered node\" node=\"$HOSTNAME\""
run_container
control_plane_call "$CLIENT" PATCH "/api/v1/nodes/$HOSTNAME/status" \
  '{"status":{"conditions":[{"type":"Ready","status":"True","reason":"KubeletReady"}]}}' >"$STATE/node.json"
log kubelet_node_status.go:696 "\"Recording event message for node\" node=\"$HOSTNAME\" event=\"NodeReady\""
mkdir -p /run/bench
: >/run/bench/node-ready # named as ready.file in the scenario: nobody looks at the machine before
exec sleep infinity
