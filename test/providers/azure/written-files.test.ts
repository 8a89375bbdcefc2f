import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { writtenFiles } from '../../../src/providers/azure/machine/written-files.ts';

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
const wrapped = (text: string) => text.replaceAll(/(.{76})/g, '$1\n');
const filesOf = (customData: string | Buffer) => writtenFiles({ customData: base64(customData) });

const PROVISION = '/opt/azure/containers/provision.sh';
const CLOUD_CONFIG = `#cloud-config
write_files:
- path: ${PROVISION}
  permissions: "0744"
  encoding: gzip
  owner: root
  content: !!binary |
    ${base64(gzipSync('echo provision'))}
- {path: "/opt/azure/containers/provision_start.sh", permissions: "0744"}
-   permissions: "0644"
    path: '/etc/systemd/system/kubelet.service'
`;
const BOTH = [PROVISION, '/opt/azure/containers/provision_start.sh'];

describe('files that bootstrap data writes', () => {
  test('are those of a cloud-config, plain or gzipped', () => {
    const all = ['/etc/systemd/system/kubelet.service', ...BOTH];
    expect(filesOf(CLOUD_CONFIG)).toEqual(all);
    expect(filesOf(gzipSync(CLOUD_CONFIG))).toEqual(all);
  });

  test('are those of each part of a MIME message, encoded or not', () => {
    const message = [
      'Content-Type: multipart/mixed; boundary="=="',
      'MIME-Version: 1.0',
      '',
      '--==',
      'Content-Type: text/cloud-config',
      'Content-Transfer-Encoding: base64',
      '',
      wrapped(base64(CLOUD_CONFIG)),
      '--==',
      'Content-Type: text/cloud-boothook',
      '',
      '#cloud-boothook',
      'printf x | tee -a /opt/azure/containers/by-tee >/dev/null',
      '--==--',
    ].join('\n');
    expect(filesOf(message)).toEqual(expect.arrayContaining([...BOTH, '/opt/azure/containers/by-tee']));
    expect(filesOf(gzipSync(message))).toEqual(filesOf(message));
  });

  test('are those of a boothook that unpacks them, and of the script that it unpacks', () => {
    const inner = `cat > ${PROVISION} <<E\n${Buffer.alloc(3000, 'echo provision; ')}\nE\n`;
    const boothook = `#cloud-boothook
cat <<'E' | base64 -d | gzip -d >/opt/azure/containers/nbc-cmd.sh
${wrapped(base64(gzipSync(inner)))}
E
`;
    expect(filesOf(boothook)).toEqual(expect.arrayContaining(['/opt/azure/containers/nbc-cmd.sh', PROVISION]));
  });

  test('are those of Ignition', () => {
    const file = { path: PROVISION, mode: 384, contents: { source: 'data:;base64,eA==' } };
    expect(filesOf(JSON.stringify({ storage: { files: [file] } }))).toEqual([PROVISION]);
  });

  test('are those of the provisioning command', () => {
    const command = `echo '${base64(gzipSync('x'))}' | base64 -d > /opt/azure/containers/boothook.sh && cp a ${PROVISION}`;
    expect(writtenFiles({ command })).toEqual(['/opt/azure/containers/boothook.sh', PROVISION]);
  });

  test('are none where nothing is written, or what is there cannot be unpacked', () => {
    expect(writtenFiles({})).toEqual([]);
    expect(filesOf('#!/bin/bash\ncat /opt/azure/containers/provision.sh\n')).toEqual([]);
    expect(filesOf(gzipSync(CLOUD_CONFIG).subarray(0, 60))).toEqual([]);
    expect(filesOf(gzipSync(Buffer.alloc(20 * 2 ** 20, ' ')))).toEqual([]);
  });
});
