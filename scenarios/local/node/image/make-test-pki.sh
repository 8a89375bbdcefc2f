#!/bin/bash
# Makes the certificates of the stand-in control plane. Run in the image while it is built.
# A PKI that guards nothing: each key is the hash of its name, and the dates are fixed, so that the same files make the same image, and the
# certificates hold whatever time the machine believes it is.
set -euo pipefail
PKI=/opt/stand-in/pki
NODE_CONFIG=/opt/azure/node-config

# An ed25519 private key is any 32 bytes; the digits before them are its PKCS #8 frame (RFC 8410, section 7).
private_key() { # name
  local seed
  seed=$(printf 'bench stand-in %s' "$1" | sha256sum | cut -d' ' -f1)
  printf '302E020100300506032B657004220420%s' "${seed^^}" | basenc --base16 --decode | openssl pkey -inform DER -out "$1.key"
}

certificate() { # name subject extensions serial
  openssl req -new -key "$1.key" -subj "$2" -out "$1.csr"
  printf '%s\n' "$4" >serial
  : >index
  openssl ca -batch -notext -config ca.conf -name stand_in -extfile "$3" -in "$1.csr" -out "$1.crt" "${@:5}"
}

umask 077
mkdir -p "$PKI" "$NODE_CONFIG"
cd "$PKI"
cat >ca.conf <<'CONF'
[stand_in]
database = index
serial = serial
new_certs_dir = .
default_md = null
default_startdate = 20200101000000Z
default_enddate = 20991231235959Z
policy = any
[any]
commonName = supplied
organizationName = optional
CONF
printf 'basicConstraints = critical, CA:TRUE\nkeyUsage = keyCertSign\n' >ca.ext
printf 'extendedKeyUsage = serverAuth\nsubjectAltName = DNS:control-plane.bench.internal\n' >server.ext
printf 'extendedKeyUsage = clientAuth\n' >client.ext

private_key ca
certificate ca '/CN=bench stand-in CA' ca.ext 01 -selfsign -keyfile ca.key
private_key server
certificate server '/CN=control-plane.bench.internal' server.ext 02 -cert ca.crt -keyfile ca.key
private_key bootstrap
certificate bootstrap '/O=system:bootstrappers/CN=system:bootstrap:bench' client.ext 03 -cert ca.crt -keyfile ca.key

cat server.crt server.key >server.pem
cat bootstrap.crt bootstrap.key >"$NODE_CONFIG/bootstrap.pem"
install --mode 0644 ca.crt "$NODE_CONFIG"
rm -f ./*.csr server.crt server.key bootstrap.crt bootstrap.key ca.conf ca.ext server.ext index* serial* 0?.pem
