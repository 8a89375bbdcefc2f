import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { writtenFiles } from '../../../src/providers/azure/machine/written-files.ts';

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
const wrapped = (text: string) => text.replaceAll(/(.{76})/g, '$1\n');
const filesOf = (customData: string | Buffer) => [...writtenFiles({ customData: base64(customData) }).keys()];
/** Files that both write by the same means. */
const alike = (one: string, other: string) => {
  const [a, b] = [one, other].map((customData) => writtenFiles({ customData: base64(customData) }));
  return [...(a ?? [])].filter(([file, by]) => b?.get(file)?.join() === by.join()).map(([file]) => file);
};

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
    expect([...writtenFiles({ command }).keys()]).toEqual(['/opt/azure/containers/boothook.sh', PROVISION]);
  });

  test('are none where the data writes nothing, or where bench cannot unpack it', () => {
    expect(writtenFiles({}).size).toBe(0);
    expect(filesOf('#!/bin/bash\ncat /opt/azure/containers/provision.sh\n')).toEqual([]);
    expect(filesOf(gzipSync(CLOUD_CONFIG).subarray(0, 60))).toEqual([]);
    expect(filesOf(gzipSync(Buffer.alloc(20 * 2 ** 20, ' ')))).toEqual([]);
  });
});

describe('the comparison of two writers', () => {
  const OTHER = CLOUD_CONFIG.replace(base64(gzipSync('echo provision')), base64(gzipSync('echo other')));

  test('goes entry by entry in a cloud-config', () => {
    expect(alike(CLOUD_CONFIG, CLOUD_CONFIG)).toHaveLength(3);
    expect(alike(CLOUD_CONFIG, OTHER)).toEqual(['/etc/systemd/system/kubelet.service', BOTH[1]]);
    // A machine would not notice the order of entries.
    const swapped = '#cloud-config\nwrite_files:\n- path: /b\n  content: 2\n- path: /a\n  content: 1\n';
    expect(alike(swapped, '#cloud-config\nwrite_files:\n- path: /a\n  content: 1\n- path: /b\n  content: 2\n')).toEqual(
      ['/a', '/b'],
    );
  });

  test('goes object by object in Ignition', () => {
    const ignition = (source: string) =>
      JSON.stringify({
        storage: { files: [file('/a', 'data:;base64,eA=='), file(PROVISION, source)] },
        systemd: { units: [{ name: 'x' }] },
      });
    const file = (at: string, source: string) => ({ path: at, mode: 384, contents: { source } });
    expect(alike(ignition('data:,x'), ignition('data:,y'))).toEqual(['/a']);
  });

  test('goes part by part in a message, encoded or not', () => {
    const message = (script: string, config: string) =>
      `Content-Type: multipart/mixed; boundary="MIMEBOUNDARY"\n\n--MIMEBOUNDARY\nContent-Type: text/cloud-boothook\n\n#cloud-boothook\n${script}\n--MIMEBOUNDARY\nContent-Transfer-Encoding: base64\n\n${wrapped(base64(config))}\n--MIMEBOUNDARY--\n`;
    const one = message('echo 1 >/run/one', CLOUD_CONFIG);
    expect(alike(one, message('echo 2 >/run/one', CLOUD_CONFIG))).toHaveLength(3);
    expect(alike(one, message('echo 1 >/run/one', OTHER))).toContain('/run/one');
  });

  test('goes command by command in a script, and by the whole script where more decides', () => {
    const script = (last: string) =>
      `#!/bin/bash\ncat <<'E' | base64 -d >/opt/a\neA==\nE\necho "$X" >/opt/b\ntool >/opt/c\necho plain >/opt/d\n${last}\n`;
    expect(alike(script('true'), script('sleep 3'))).toEqual(['/opt/a', '/opt/d']);
    expect(alike(script('true'), script('true').replace('eA==', 'eQ=='))).toEqual(['/opt/d']);
    expect(alike(script('true'), script('true'))).toEqual(['/opt/a', '/opt/b', '/opt/c', '/opt/d']);
  });

  test('finds nothing where one of them writes a file twice', () => {
    expect(alike('echo 1 >/opt/a\n', 'echo 1 >/opt/a\necho 2 >>/opt/a\n')).toEqual([]);
  });
});
