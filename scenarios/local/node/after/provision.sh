#!/bin/bash
# AFTER: the order in which this node is provisioned. Compare with ../before/provision.sh: their difference is the change in question.
# (In AKS: cse_main.sh, since pull request 8105 of Azure/AgentBaker.)
set -euo pipefail
# shellcheck source=../provisioning/provision_helpers.sh
source /opt/azure/containers/provision_helpers.sh
# shellcheck source=../provisioning/provision_steps.sh
source /opt/azure/containers/provision_steps.sh
set -x # the trace is cluster-provision.log
STATUS_LOG=on-failure

configureKubeletAndKubectl() {
  install --directory --mode 0755 /opt/bin
  mv /opt/stand-in/kubelet-stand-in.sh /opt/bin/kubelet
  chown root:root /opt/bin/kubelet
  chmod 0755 /opt/bin/kubelet
}

# Kubelet's file is in the page cache by the time kubelet is started.
prewarmKubelet() {
  nohup /opt/bin/kubelet --version &
}

configureCNI() {
  writeCniConfiguration
  printf 'br_netfilter\nnf_conntrack\n' >/etc/modules-load.d/cni.conf
  loadModules br_netfilter nf_conntrack
}

ensureContainerd() {
  systemctlEnableAndStartNoBlock containerd 30
}

# Ahead of ensureContainerd, so that its first start takes the drop-in and nothing has to be restarted.
setContainerdUlimits() {
  writeContainerdUlimits
}

ensureKubelet() {
  local now
  waitForContainerdReady
  logs_to_events AKS.CSE.ensureKubelet.ensurePodInfraContainerImage ensurePodInfraContainerImage
  stamp now
  echo "$now" >/opt/azure/containers/tls-bootstrap-start-time
  systemctlEnableAndStartNoBlock kubelet 240
  systemctl start --no-block measure-tls-bootstrapping-latency
}

basePrep() {
  logs_to_events AKS.CSE.configureAdminUser configureAdminUser
  logs_to_events AKS.CSE.configureAzureJson configureAzureJson
  logs_to_events AKS.CSE.ensureKubeCACert ensureKubeCACert
  logs_to_events AKS.CSE.configureKubeletAndKubectl configureKubeletAndKubectl
  prewarmKubelet
  logs_to_events AKS.CSE.configureCNI configureCNI
  logs_to_events AKS.CSE.configureSystemdUseDomains configureSystemdUseDomains
  logs_to_events AKS.CSE.setContainerdUlimits setContainerdUlimits
  logs_to_events AKS.CSE.ensureContainerd ensureContainerd
  logs_to_events AKS.CSE.configPrivateClusterHosts configPrivateClusterHosts
  logs_to_events AKS.CSE.ensureSysctl ensureSysctl
}

nodePrep() {
  logs_to_events AKS.CSE.configureKubeletServing configureKubeletServing
  logs_to_events AKS.CSE.configureK8s configureK8s
  logs_to_events AKS.CSE.apiserverNslookup apiserverNslookup
  logs_to_events AKS.CSE.apiserverCurl apiserverCurl
  checkServiceHealth containerd
  logs_to_events AKS.CSE.ensureKubelet ensureKubelet
  logs_to_events AKS.CSE.ensureNoDupOnPromiscuBridge ensureNoDupOnPromiscuBridge
  logs_to_events AKS.CSE.configureNodeExporter configureNodeExporter
  logs_to_events AKS.CSE.cleanUpGPUDrivers cleanUpGPUDrivers
  checkServiceHealth kubelet
}

basePrep
nodePrep
