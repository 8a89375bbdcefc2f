import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GivenFile } from '../../../src/model/provider.ts';
import { takesBoothook, withGivenFiles } from '../../../src/providers/azure/machine/given-files.ts';

const UNIT = '/run/systemd/system';
const files: GivenFile[] = [
  { kind: 'file', path: '/run/bench-trial/dose.sh', mode: 0o755, content: "echo 'a dose'\n" },
  { kind: 'file', path: `${UNIT}/a.service.d/90.conf`, mode: 0o644, content: '[Service]\nExecStartPre=+/bin/true\n' },
  { kind: 'file', path: `${UNIT}/bench-trial-0.service`, mode: 0o644, content: '[Unit]\nBefore=b.target\n' },
  { kind: 'link', path: `${UNIT}/b.target.wants/bench-trial-0.service`, target: '../bench-trial-0.service' },
];
const base64 = (text: string | Buffer) => Buffer.from(text as string).toString('base64');
const dataOf = (customData: string | undefined) => Buffer.from(customData ?? '', 'base64');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'given-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The boothook, run by a shell whose /run is a folder and whose systemctl writes down its arguments. */
function runBoothook(script: string): string {
  const systemctl = `systemctl() { echo "$@" >>${folder}/asked; }\n`;
  writeFileSync(path.join(folder, 'hook'), systemctl + script.replaceAll('/run/', `${folder}/run/`));
  execFileSync('sh', [path.join(folder, 'hook')]);
  return readFileSync(path.join(folder, 'asked'), 'utf8');
}

/** Unpacks a multipart as cloud-init does: with Python's own mail parser. */
const partsOf = (mail: Buffer): string[] => {
  const program =
    'import email,sys,json; m=email.message_from_bytes(sys.stdin.buffer.read()); ' +
    'print(json.dumps([p.get_payload(decode=True).decode() for p in m.walk() if not p.is_multipart()]))';
  return JSON.parse(execFileSync('python3', ['-c', program], { input: mail, encoding: 'utf8' })) as string[];
};

describe('files that a machine of Azure finds when it boots for the first time', () => {
  test('come by a boothook, which puts them in place and tells systemd', () => {
    const { customData } = withGivenFiles({}, { files });
    const script = dataOf(customData).toString();
    expect(script.split('\n').slice(0, 2)).toEqual(['#cloud-boothook', '#!/bin/sh']);
    // systemd read the units that need the helper before the helper existed.
    expect(runBoothook(script)).toBe('daemon-reload\nstart --no-block bench-trial-0.service\n');
    const inRun = (file: string) => path.join(folder, file);
    expect(readFileSync(inRun('run/bench-trial/dose.sh'), 'utf8')).toBe("echo 'a dose'\n");
    expect(readFileSync(inRun(`${UNIT}/b.target.wants/bench-trial-0.service`), 'utf8')).toContain('Before=b.target');
    expect(execFileSync('stat', ['-c', '%a', inRun('run/bench-trial/dose.sh')], { encoding: 'utf8' })).toBe('755\n');
  });

  test.each([
    ['cloud-config', '#cloud-config\nruncmd: [[echo, "ü"]]\n'],
    ['a script', '#!/bin/sh\necho hi\n'],
    ['a boothook', '#cloud-boothook\n#!/bin/sh\necho hi\n'],
  ])('come beside the custom data of the node, %s, packed or not, and change no byte of it', (_, own) => {
    for (const given of [base64(own), base64(gzipSync(own))]) {
      const { customData } = withGivenFiles({ customData: given }, { files });
      const [hook, rest, ...more] = partsOf(gunzipSync(dataOf(customData)));
      expect(hook).toMatch(/^#cloud-boothook\n/);
      expect([rest, more]).toEqual([own, []]);
    }
  });

  test('come beside an archive of several parts', () => {
    const own =
      'Content-Type: multipart/mixed; boundary="x"\nMIME-Version: 1.0\n\n--x\nContent-Type: text/cloud-config\n\n#cloud-config\n--x\nContent-Type: text/x-shellscript\n\n#!/bin/sh\n--x--\n';
    const { customData } = withGivenFiles({ customData: base64(own) }, { files });
    expect(partsOf(gunzipSync(dataOf(customData))).map((part) => part.split('\n')[0])).toEqual([
      '#cloud-boothook',
      '#cloud-config',
      '#!/bin/sh',
    ]);
  });

  test('BASH_ENV wraps the steps of the provisioning command, whatever that command consists of', () => {
    const command = 'for i in 1 2; do true; done; exec bash -c "echo $((1 + 1)) $BASH_ENV"';
    const given = withGivenFiles({ command }, { files, bashEnv: '/run/bench-trial/steps.sh' });
    const said = execFileSync('sh', ['-c', given.command ?? ''], { encoding: 'utf8' });
    expect(said).toBe('2 /run/bench-trial/steps.sh\n');
  });

  test('a boot without files leaves the request unchanged', () => {
    const data = { customData: base64('#cloud-config\n'), command: 'true' };
    expect(withGivenFiles(data, { bashEnv: '/run/x' })).toBe(data);
  });

  test('bench refuses more data than Azure accepts, with its size, before it requests a machine', () => {
    const big = { kind: 'file', path: '/run/bench-trial/x', mode: 0o644, content: 'x'.repeat(60_000) } as const;
    expect(() => withGivenFiles({}, { files: [big] })).toThrow(/limited to 65535 bytes; .* it has 8\d{4}\./);
  });

  test('Ignition runs no boothook', () => {
    expect(takesBoothook({ customData: base64('{"ignition": {"version": "3.3.0"}}') })).toBe(false);
    expect([takesBoothook({}), takesBoothook({ customData: base64('#cloud-config\n') })]).toEqual([true, true]);
  });
});
