#!/bin/bash
# A stand-in for aks-secure-tls-bootstrap-client: NOT that client. It gets kubelet's credential before kubelet starts, with real parts: a
# key, a request over mutual TLS, a kubeconfig that appears whole. The real one proves who the machine is by its identity and attested
# data; here a bootstrap certificate does. Its log, its event and the names of its files are the client's.
set -euo pipefail
# shellcheck disable=SC1091 # API_SERVER, API_SERVER_PORT, CERTIFICATES: written by configureK8s
source /etc/default/kubelet
# shellcheck source=../../node/provisioning/provision_helpers.sh
source /opt/azure/containers/provision_helpers.sh
STATE=/var/lib/kubelet
REQUESTS=/apis/certificates.k8s.io/v1/certificatesigningrequests
BOOTSTRAP=$CERTIFICATES/bootstrap.pem
LOG=/var/log/azure/aks/secure-tls-bootstrap.log

say() { # message
  local now=$EPOCHREALTIME
  printf '{"level":"info","timestamp":"%(%FT%T)T.%sZ","msg":"%s"}\n' "${now%.*}" "${now#*.}" "$1" >>"$LOG"
}

credential() { # request
  local answer attempt
  for ((attempt = 0; attempt < 3000; attempt++)); do
    answer=$(control_plane_call "$BOOTSTRAP" GET "$REQUESTS/$1")
    if [[ $answer =~ \"certificate\":\ *\"([A-Za-z0-9+/=]+)\" ]]; then
      base64 --decode <<<"${BASH_REMATCH[1]}"
      return 0
    fi
    sleep 0.1
  done
  return 1
}

export TZ=UTC
umask 077
mkdir -p "$STATE/pki" "${LOG%/*}" "$EVENTS_DIRECTORY"
start='' end=''
stamp start
started=$EPOCHREALTIME
say 'set bootstrap deadline'
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj "/O=system:nodes/CN=system:node:$HOSTNAME" \
  -keyout "$STATE/pki/client.key.tmp" -out "$STATE/pki/client.csr.tmp" 2>/dev/null
say 'generated certificate request'
answer=$(control_plane_call "$BOOTSTRAP" POST "$REQUESTS" "{
    \"apiVersion\": \"certificates.k8s.io/v1\", \"kind\": \"CertificateSigningRequest\", \"metadata\": {\"generateName\": \"node-csr-\"},
    \"spec\": {\"request\": \"$(base64 --wrap 0 "$STATE/pki/client.csr.tmp")\", \"signerName\": \"kubernetes.io/kube-apiserver-client-kubelet\"}}")
[[ $answer =~ \"name\":\ *\"([a-z0-9-]+)\" ]]
certificate=$(credential "${BASH_REMATCH[1]}")
say 'received credential response from bootstrap server'
printf -v client '%s/pki/kubelet-client-%(%Y-%m-%d-%H-%M-%S)T.pem' "$STATE" -1
{ echo "$certificate"; cat "$STATE/pki/client.key.tmp"; } >"$client"
rm "$STATE/pki/client.key.tmp" "$STATE/pki/client.csr.tmp"
cat >"$STATE/kubeconfig.tmp" <<KUBECONFIG
apiVersion: v1
kind: Config
clusters:
- name: default
  cluster: {certificate-authority: $CERTIFICATES/ca.crt, server: "https://$API_SERVER:$API_SERVER_PORT"}
users:
- name: default
  user: {client-certificate: $client, client-key: $client}
contexts:
- name: default
  context: {cluster: default, user: default}
current-context: default
KUBECONFIG
mv "$STATE/kubeconfig.tmp" "$STATE/kubeconfig"
stamp end
elapsed_ms=$(((${EPOCHREALTIME/./} - ${started/./}) / 1000))
write_event "${started/./}000" AKS.Bootstrap.SecureTLSBootstrapping "$start" "$end" Informational \
  "{\"Status\": \"Success\", \"ElapsedMilliseconds\": $elapsed_ms, \"Errors\": {}, \"TraceSummary\": {}, \"FinalError\": \"\"}"
say 'bootstrapping guest agent event telemetry written to disk'
