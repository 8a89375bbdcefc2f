import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importBoots } from '../../../src/stages/import/boots.ts';
import { matches, parseMapping } from '../../../src/stages/import/mapping.ts';
import { corpusText, eventFile } from '../../collectors/raw.ts';

const encoder = new TextEncoder();
const file = (path: string, text: string) => ({ path, bytes: encoder.encode(text) });
const TIME = 'Startup finished in 2.341s (kernel) + 1.085s (userspace) = 3.426s\n';
const BLAME = '4.332s NetworkManager.service\n';
const CHAIN = 'multi-user.target @5.844s\n└─ssh.service @5.685s +141ms\n';
const EVENT = eventFile('AKS.CSE.ensureKubelet', '2026-08-01 07:14:05.000', '2026-08-01 07:14:09.000');

const contents = (boots: ReturnType<typeof importBoots>['boots']) =>
  boots.map(({ outcome, artifacts }) => [outcome.boot.variant, outcome.boot.machine, [...artifacts.keys()].sort()]);

describe('import', () => {
  it('takes a folder that has raw names already', () => {
    const { boots, leftOut } = importBoots([
      file('run/boots/0001-before/raw/systemd/manager.show', 'Version=257\n'),
      file('run/boots/0001-before/raw/machine/os-release.txt', 'ID=debian\n'),
      file('run/boots/0001-before/raw/index.json', '{}'),
      file('run/boots/0001-before/outcome.json', '{}'),
      file('run/boots/0002-after/raw/systemd/manager.show', 'Version=257\n'),
    ]);
    expect(contents(boots)).toEqual([
      ['before', 'run/boots/0001-before', ['machine/os-release.txt', 'systemd/manager.show']],
      ['after', 'run/boots/0002-after', ['systemd/manager.show']],
    ]);
    expect(boots.map(({ outcome }) => [outcome.boot.id, outcome.boot.block])).toEqual([
      ['0001-before', null],
      ['0002-after', null],
    ]);
    expect(leftOut).toEqual([]);
  });

  it('finds the artifacts in the folders of a node, one machine for all of them', () => {
    const { boots } = importBoots([
      file('node7/var/log/azure/Microsoft.Azure.Extensions.CustomScript/events/1785568441207.json', EVENT),
      file('node7/var/log/azure/cluster-provision.log', '+ true\n'),
      file('node7/var/log/waagent.log', ''),
      file('node7/var/log/cloud-init.log', ''),
      file('node7/kubelet.log', ''),
    ]);
    expect(contents(boots)).toEqual([
      [
        'imported',
        'node7',
        [
          'aks/cluster-provision.log',
          'aks/kubelet.log',
          'cloud-init/cloud-init.log',
          'guest-agent/events/1785568441207.json',
          'guest-agent/waagent.log',
        ],
      ],
    ]);
  });

  it('recognises pasted texts by their content, also several in one file', () => {
    const { boots } = importBoots([file('mail/paste.txt', `$ systemd-analyze\n${TIME}\n${BLAME}\n${CHAIN}`)]);
    expect(contents(boots)[0]?.[2]).toEqual([
      'systemd/analyze-blame.txt',
      'systemd/analyze-critical-chain.txt',
      'systemd/analyze-time.txt',
    ]);
  });

  it('recognises a wrapped summary, a status of the cloud and the record of a container', () => {
    const result = '{\\"ExitCode\\": \\"50\\", \\"SystemdSummary\\": \\"Startup finished in 2s (kernel)\\"}';
    const { boots } = importBoots([
      file('a/x.txt', 'Startup finished in 4.797s (kernel) +\n57.966s (userspace)\n= 1min 2.764s\n'),
      file('b/x.json', `{"statuses": [{"message": "Enable failed\\n[stdout]\\n${result}\\n[stderr]"}]}`),
      file(
        'c/x.txt',
        '-- Most Recent Container Boot Record --\n    Container started at: 2026-08-01 07:13:36.122000\n',
      ),
    ]);
    expect(contents(boots).map(([, , raw]) => raw)).toEqual([
      ['systemd/analyze-time.txt'],
      ['aks/provision.json'],
      ['cloud-init/analyze-boot.txt'],
    ]);
  });

  it('distinguishes machines in one folder by the common part of their file names', () => {
    const { boots } = importBoots([
      file('logs/node1-time.txt', TIME),
      file('logs/node1-blame.txt', BLAME),
      file('logs/node2-time.txt', TIME),
      file('logs/node2-critical-chain.txt', CHAIN),
    ]);
    expect(contents(boots).map(([, machine, raw]) => [machine, raw])).toEqual([
      ['logs/node1', ['systemd/analyze-blame.txt', 'systemd/analyze-time.txt']],
      ['logs/node2', ['systemd/analyze-critical-chain.txt', 'systemd/analyze-time.txt']],
    ]);
  });

  it('lists files that it does not know, with the reason', () => {
    const { boots, leftOut } = importBoots([
      file('a/notes.txt', 'nothing of use\n'),
      file('a/empty.txt', ''),
      file('a/journal.gz', 'x'),
      { path: 'a/picture.png', bytes: new Uint8Array([137, 80, 0, 1]) },
    ]);
    expect(boots).toEqual([]);
    expect(leftOut.map(({ reason }) => reason)).toEqual([
      'neither its name nor its content matches an artifact',
      'empty',
      'compressed: unpack it first',
      'not a text file',
    ]);
  });

  it('finds variants by words in the path, or by a mapping, whose order gives the baseline', () => {
    const files = [file('x/new-1/a.txt', TIME), file('x/old-1/a.txt', TIME), file('x/other/a.txt', TIME)];
    const guessed = importBoots(files);
    expect(guessed.variants).toEqual(['before', 'after', 'imported']);
    expect(guessed.warnings[0]).toContain('1 of 3 machines');
    const mapping = parseMapping('variants:\n  fresh: ["new-*"]\n  stale: [x/old-1]\nboot: reboot\n', 'm.yaml');
    const mapped = importBoots(files, mapping);
    expect(mapped.variants).toEqual(['fresh', 'stale']);
    expect(mapped.boots.map(({ outcome }) => outcome.boot.bootKind)).toEqual(['reboot', 'reboot']);
    expect(mapped.leftOut).toEqual([{ path: 'x/other/a.txt', reason: 'no variant of the mapping matches x/other' }]);
  });

  it('says where a mapping is wrong', () => {
    expect(() => parseMapping('variants:\n  Before: [a]\n', 'm.yaml')).toThrow(/m\.yaml:2:\d+/);
    expect(() => parseMapping('variants: {a: [x]}\nextra: 1\n', 'm.yaml')).toThrow(/m\.yaml/);
  });

  it.each([
    ['old-*', 'nodes/old-1', true],
    ['nodes/*', 'nodes/old-1/logs', true],
    ['*-1', 'nodes/old-1', true],
    ['old', 'nodes/old-1', false],
    ['a*b*c', 'a1b2c', true],
    ['a*b*c', 'a1c2b', false],
    ['ab*ba', 'aba', false],
  ])('pattern %s and %s: %s', (pattern, path, expected) => expect(matches(pattern, path)).toBe(expected));

  it('knows every text of the corpus, whatever its name', () => {
    const folder = new URL('../../fixtures/corpus', import.meta.url);
    const texts = readdirSync(folder).filter((name) => name.endsWith('.txt'));
    const wrong = texts.flatMap((name, index) => {
      const kind = /^(.+)-\d+\.txt$/.exec(name)?.[1] ?? '';
      const { boots } = importBoots([
        { path: `x/${index}.txt`, bytes: encoder.encode(corpusText(name.replace(/\.txt$/, ''))) },
      ]);
      const raw = boots.flatMap(({ artifacts }) => [...artifacts.keys()]);
      return raw.some((path) => RAW_OF_KIND[kind]?.test(path)) ? [] : [`${name}: ${raw}`];
    });
    expect(wrong).toEqual([]);
  });
});

const RAW_OF_KIND: Readonly<Record<string, RegExp>> = {
  'aks-event-file': /^guest-agent\/events\/\d+\.json$/,
  'aks-tls-event': /^guest-agent\/events\/\d+\.json$/,
  'aks-windows-event': /^guest-agent\/events\/\d+\.json$/,
  'aks-instanceview-message': /^aks\/provision\.json$/,
  'aks-provision-json': /^aks\/provision\.json$/,
  'aks-tls-log': /^aks\/secure-tls-bootstrap\.log$/,
  'aks-xtrace': /^aks\/cluster-provision\.log$/,
  'cloudinit-blame': /^cloud-init\/analyze-blame\.txt$/,
  'cloudinit-boot': /^cloud-init\/analyze-boot\.txt$/,
  'cloudinit-dump': /^cloud-init\/analyze-dump\.json$/,
  'cloudinit-show': /^cloud-init\/analyze-show\.txt$/,
  'kubelet-log': /^aks\/kubelet\.log$/,
  'systemctl-show': /^systemd\/(?:manager|units)\.show$/,
  'systemd-blame': /^systemd\/analyze-blame\.txt$/,
  'systemd-chain': /^systemd\/analyze-critical-chain\.txt$/,
  'systemd-time': /^systemd\/analyze-time\.txt$/,
  'waagent-log': /^guest-agent\/waagent\.log$/,
};
