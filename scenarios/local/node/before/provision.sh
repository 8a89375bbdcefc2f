#!/bin/bash
# BEFORE: the order in which this node is provisioned. Compare with ../after/provision.sh: their difference is the change in question.
# (In AKS: cse_main.sh, before pull request 8105 of Azure/AgentBaker.)
set -euo pipefail
# shellcheck source=../provisioning/provision_helpers.sh
source /opt/azure/containers/provision_helpers.sh
# shellcheck source=../provisioning/provision_steps.sh
source /opt/azure/containers/provision_steps.sh
set -x # the trace is cluster-provision.log
STATUS_LOG=always

configureKubeletAndKubectl() {
  install --mode 0755 -D /opt/stand-in/kubelet-stand-in.sh /opt/bin/kubelet
}

configureCNI() {
  writeCniConfiguration
  loadModules br_netfilter
}

ensureContainerd() {
  systemctlEnableAndStart containerd 30
}

setContainerdUlimits() {
  writeContainerdUlimits
  systemctl daemon-reload
  systemctl restart containerd
}

ensureKubelet() {
  logs_to_events AKS.CSE.ensureKubelet.ensurePodInfraContainerImage ensurePodInfraContainerImage
  systemctl start --no-block measure-tls-bootstrapping-latency
  systemctlEnableAndStartNoBlock kubelet 240
}

basePrep() {
  logs_to_events AKS.CSE.configureAdminUser configureAdminUser
  logs_to_events AKS.CSE.configureAzureJson configureAzureJson
  logs_to_events AKS.CSE.ensureKubeCACert ensureKubeCACert
  logs_to_events AKS.CSE.installContainerRuntime installContainerRuntime
  logs_to_events AKS.CSE.configureKubeletAndKubectl configureKubeletAndKubectl
  logs_to_events AKS.CSE.configureCNI configureCNI
  logs_to_events AKS.CSE.configureSystemdUseDomains configureSystemdUseDomains
  logs_to_events AKS.CSE.ensureContainerd ensureContainerd
  logs_to_events AKS.CSE.configPrivateClusterHosts configPrivateClusterHosts
  logs_to_events AKS.CSE.ensureSysctl ensureSysctl
  logs_to_events AKS.CSE.setContainerdUlimits setContainerdUlimits
  logs_to_events AKS.CSE.ensureNoDupOnPromiscuBridge ensureNoDupOnPromiscuBridge
}

nodePrep() {
  logs_to_events AKS.CSE.configureKubeletServing configureKubeletServing
  logs_to_events AKS.CSE.configureK8s configureK8s
  logs_to_events AKS.CSE.cleanUpGPUDrivers cleanUpGPUDrivers
  logs_to_events AKS.CSE.apiserverNslookup apiserverNslookup
  logs_to_events AKS.CSE.apiserverCurl apiserverCurl
  logs_to_events AKS.CSE.ensureKubelet ensureKubelet
  logs_to_events AKS.CSE.configureNodeExporter configureNodeExporter
}

basePrep
nodePrep
