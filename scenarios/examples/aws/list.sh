#!/bin/sh
# bench: lists the EC2 instances of bench. Never run by us: see ../README.md.
set -eu
request=$(cat)
ask() { printf '%s' "$request" | jq -r "$1"; }
aws ec2 describe-instances --output json --filters "Name=tag:bench-run,Values=$(ask '.run // "*"')" \
  "Name=instance-state-name,Values=pending,running,shutting-down,stopping,stopped" | jq '{
  schema: "bench/command-machines@1",
  machines: [.Reservations[].Instances[] | (.Tags | map({(.Key): .Value}) | add) as $tag |
    {id: .InstanceId, name: $tag.Name, run: $tag["bench-run"], scenario: $tag["bench-scenario"], deleteAfter: $tag["bench-delete-after"]}]}'
