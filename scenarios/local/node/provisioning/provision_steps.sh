#!/bin/bash
# The provisioning steps, in no order: provision.sh puts them in one. (In AKS: cse_install.sh and cse_config.sh.)
# Names are those of AKS. Each does real work on this machine, and none reaches outside of it.

NODE_CONFIG=/opt/azure/node-config # what custom data brings to an AKS node
CERTIFICATES=/etc/kubernetes/certs
API_SERVER=control-plane.bench.internal
API_SERVER_PORT=6443
POD_INFRA_IMAGE=bench.local/pause-stand-in:1

# --- the operating system ---

configureAdminUser() {
  chage -I -1 -m 0 -M 99999 -E -1 azureuser
}

# An image on which the kernel refuses one key (a container, a lean kernel) is still worth provisioning; the trace tells which.
ensureSysctl() {
  sysctl --system || echo "some kernel parameters were refused"
}

configureSystemdUseDomains() {
  mkdir -p /etc/systemd/resolved.conf.d
  printf '[Resolve]\nDomains=bench.internal\n' >/etc/systemd/resolved.conf.d/10-domains.conf
}

# --- containerd ---

# On a golden image this only finds out that there is nothing to do. Finding out has its price.
installContainerRuntime() {
  local wanted installed
  wanted=$(cat "$NODE_CONFIG/containerd-version")
  installed=$(dpkg-query --show --showformat '${Version}' containerd)
  containerd --version
  if dpkg --compare-versions "$installed" lt "$wanted"; then
    echo "containerd $installed is older than $wanted, and this node has no network to fetch it from"
    return 1
  fi
}

writeContainerdUlimits() {
  mkdir -p /etc/systemd/system/containerd.service.d
  printf '[Service]\nLimitNOFILE=1048576\nLimitMEMLOCK=infinity\n' >/etc/systemd/system/containerd.service.d/set-ulimits.conf
}

waitForContainerdReady() {
  retry 240 0.1 timeout 1 ctr version
}

ensurePodInfraContainerImage() {
  ctr --namespace k8s.io images import /opt/azure/images/pause-stand-in.tar
  ctr --namespace k8s.io images list --quiet | grep --fixed-strings --line-regexp "$POD_INFRA_IMAGE"
}

# --- network ---

writeCniConfiguration() {
  mkdir -p /etc/cni/net.d
  cat >/etc/cni/net.d/10-bench.conflist <<'CONFLIST'
{
  "cniVersion": "0.4.0",
  "name": "bench",
  "plugins": [
    {"type": "bridge", "bridge": "cbr0", "isGateway": true, "promiscMode": true,
     "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.244.0.0/24"}]]}}
  ]
}
CONFLIST
}

# A container shares its host's kernel and has no modules of its own.
loadModules() { # module...
  modprobe --all "$@" || echo "not loaded: $*"
}

ensureNoDupOnPromiscuBridge() {
  systemctlEnableAndStart ensure-no-dup 30
}

# The control plane of a private cluster has no public name. This one lives in the machine itself.
configPrivateClusterHosts() {
  printf '127.0.0.1 %s\n' "$API_SERVER" >>/etc/hosts
}

apiserverNslookup() {
  retry 20 0.5 getent hosts "$API_SERVER"
}

apiserverCurl() {
  retry 20 0.5 control_plane_call "$CERTIFICATES/bootstrap.pem" GET /healthz
}

# --- what kubelet needs ---

configureAzureJson() {
  install --directory --mode 0755 /etc/kubernetes
  (
    umask 077
    cat >/etc/kubernetes/azure.json <<'AZURE'
{"cloud": "BenchStandIn", "resourceGroup": "bench", "location": "here", "vmType": "standalone", "useManagedIdentityExtension": false}
AZURE
  )
}

ensureKubeCACert() {
  install --directory --mode 0755 "$CERTIFICATES"
  install --mode 0644 "$NODE_CONFIG/ca.crt" "$CERTIFICATES/ca.crt"
  openssl verify -CAfile "$CERTIFICATES/ca.crt" "$NODE_CONFIG/bootstrap.pem"
}

configureKubeletServing() {
  (
    umask 077
    openssl req -x509 -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 3650 -subj "/CN=$HOSTNAME" \
      -keyout "$CERTIFICATES/kubeletserver.key" -out "$CERTIFICATES/kubeletserver.crt"
  )
}

configureK8s() {
  install --mode 0600 "$NODE_CONFIG/bootstrap.pem" "$CERTIFICATES/bootstrap.pem"
  install --directory --mode 0755 /var/lib/kubelet
  cat >/etc/default/kubelet <<KUBELET
API_SERVER=$API_SERVER
API_SERVER_PORT=$API_SERVER_PORT
CERTIFICATES=$CERTIFICATES
POD_INFRA_IMAGE=$POD_INFRA_IMAGE
KUBELET
}

# --- what no node waits for ---

# A node without a GPU still carries what the image holds for one. Removing a package waits for the package lock, as any step that
# does may: unattended upgrades take it on first boot.
cleanUpGPUDrivers() {
  rm -rf /opt/gpu
  retry 300 0.2 dpkg --purge gpu-driver-stand-in
}

configureNodeExporter() {
  printf 'LISTEN_PORT=19100\n' >/etc/default/node-exporter
  systemctlEnableAndStartNoBlock node-exporter 30
}

# --- health ---

# Active is well, failed is not, and a service on its way up is no reason to wait: who needs it waits for it.
checkServiceHealth() { # unit
  local state
  state=$(systemctl show --property ActiveState --value "$1")
  case $state in
    active) ;;
    failed)
      systemctl status "$1" --no-pager --lines 20 >"/var/log/azure/$1-status.log" || true
      return 1
      ;;
    *) echo "$1 is $state, going on" ;;
  esac
}
