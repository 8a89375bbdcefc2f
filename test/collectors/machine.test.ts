import { describe, expect, it } from 'vitest';
import { files } from '../../src/collectors/files.ts';
import { machine } from '../../src/collectors/machine.ts';
import { rawOf } from './raw.ts';

describe('facts of a machine', () => {
  it('include those that may explain an outlier', () => {
    const facts = `/etc/os-release:PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
/etc/os-release:HOME_URL="https://example.org/"
/proc/version:Linux version 6.1.0-40-cloud-amd64
/proc/cmdline:root=/dev/pmem0 rw
/proc/cpuinfo:model name	: QEMU Virtual CPU
/proc/cpuinfo:model name	: the second processor
/proc/meminfo:MemTotal:        1006096 kB
/proc/meminfo:MemFree:          100 kB
/sys/class/dmi/id/sys_vendor:Microsoft Corporation
/sys/block/vda/size:4194304
/sys/block/vda/queue/rotational:0
/sys/block/loop0/size:8
no colon here
`;
    expect(machine.parse(rawOf({ 'machine/facts.txt': facts })).facts).toEqual({
      'os.pretty_name': 'Debian GNU/Linux 12 (bookworm)',
      kernel: 'Linux version 6.1.0-40-cloud-amd64',
      'kernel.commandLine': 'root=/dev/pmem0 rw',
      'cpu.model-name': 'QEMU Virtual CPU',
      'memory.bytes': 1006096 * 1024,
      'machine.vendor': 'Microsoft Corporation',
      'disk.vda.bytes': 4194304 * 512,
      'disk.vda.rotational': 0,
    });
  });

  it.each([
    'Hyper-V: Host Build 10.0.22477.1-1-0',
    'Hyper-V Host Build:10.0.22477.1-1-0',
    'Hyper-V: Host Build: 10.0.22477.1-1-0',
  ])('name the generation of the host: %s', (message) => {
    const line = JSON.stringify({ __REALTIME_TIMESTAMP: '2', __MONOTONIC_TIMESTAMP: '1', MESSAGE: message });
    const { facts } = machine.parse(rawOf({ 'journal/boot.jsonl': line }));
    expect(facts['host.build']).toBe('10.0.22477.1-1-0');
  });
});

describe('files', () => {
  it('appear in the command by name, in quotes, and only if there are any', () => {
    expect(files([]).artifacts).toEqual([]);
    expect(files(["/opt/it's"]).artifacts[0]?.command).toContain("in '/opt/it'\\''s'; do");
  });

  it('have a mode and an owner, or are absent', () => {
    const text = '755 root root /opt/bin/kubelet\nabsent - - /opt/with blank\n4755 root users /bin/su\nnonsense\n';
    expect(files([]).parse(rawOf({ 'machine/files.txt': text })).files).toEqual([
      {
        path: '/opt/bin/kubelet',
        exists: true,
        mode: '0755',
        owner: 'root:root',
        evidence: { file: 'raw/machine/files.txt', line: 1 },
      },
      { path: '/opt/with blank', exists: false, evidence: { file: 'raw/machine/files.txt', line: 2 } },
      {
        path: '/bin/su',
        exists: true,
        mode: '4755',
        owner: 'root:users',
        evidence: { file: 'raw/machine/files.txt', line: 3 },
      },
    ]);
  });
});
