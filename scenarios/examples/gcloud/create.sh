#!/bin/sh
# bench: makes an instance of Compute Engine. What labels cannot hold is in the description. Never run by us: see ../README.md.
set -eu
request=$(cat)
ask() { printf '%s' "$request" | jq -r "$1"; }
gcloud compute instances create "$(ask .name)" --format json --zone "$(ask .options.zone)" --image "$(ask .image)" \
  --machine-type "$(ask .options.type)" --labels made-by=bench --description "$(ask '{run, scenario, deleteAfter} | tojson')" \
  --metadata "ssh-keys=root:$(ask .sshPublicKey)" | jq '.[0] | {
  schema: "bench/command-machine@1", id: .id, host: (.networkInterfaces[0] | .accessConfigs[0].natIP // .networkIP),
  facts: {type: (.machineType | split("/") | last), zone: (.zone | split("/") | last)}}'
