#!/bin/sh
# bench: makes an EC2 instance. Never run by us: see ../README.md.
set -eu
request=$(cat)
ask() { printf '%s' "$request" | jq -r "$1"; }
key=$(printf '#cloud-config\ndisable_root: false\nusers: [{name: root, ssh_authorized_keys: ["%s"]}]\n' "$(ask .sshPublicKey)")
tags=$(ask '"ResourceType=instance,Tags=[{Key=Name,Value=\(.name)},{Key=bench-run,Value=\(.run)},{Key=bench-scenario,Value=\(.scenario)},{Key=bench-delete-after,Value=\(.deleteAfter)}]"')
id=$(aws ec2 run-instances --output json --image-id "$(ask .image)" --instance-type "$(ask .options.type)" \
  --subnet-id "$(ask .options.subnet)" --security-group-ids "$(ask .options.securityGroup)" --client-token "$(ask .name)" \
  --user-data "$key" --tag-specifications "$tags" | jq -r '.Instances[0].InstanceId')
aws ec2 wait instance-running --instance-ids "$id" >&2
aws ec2 describe-instances --output json --instance-ids "$id" | jq '.Reservations[0].Instances[0] | {
  schema: "bench/command-machine@1", id: .InstanceId, host: (.PublicIpAddress // .PrivateIpAddress),
  facts: {type: .InstanceType, zone: .Placement.AvailabilityZone}}'
