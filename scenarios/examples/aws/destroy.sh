#!/bin/sh
# bench: ends an EC2 instance by its name. Never run by us: see ../README.md.
set -eu
request=$(cat)
ask() { printf '%s' "$request" | jq -r "$1"; }
ids=$(aws ec2 describe-instances --output json \
  --filters "Name=tag:Name,Values=$(ask .name)" "Name=instance-state-name,Values=pending,running,stopping,stopped" |
  jq -r '.Reservations[].Instances[].InstanceId')
[ -z "$ids" ] && exit 0
# shellcheck disable=SC2086 # ids hold no blanks
aws ec2 terminate-instances --output json --instance-ids $ids >&2
