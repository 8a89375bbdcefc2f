/** Artifacts of one boot inside other tools' collections, in every other format that bench reads. */
import type { Growth } from './measure.ts';
import { EPOCH_MS, iso, lines, one, stamp } from './readers.ts';

const MESSAGE = (i: number) => `${i % 2 ? 'Started' : 'Starting'} unit-${i >> 1}.service`;

const clock = (i: number) => `07:14:${String(i % 60).padStart(2, '0')}`;

export const texts: readonly Growth[] = [
  one('journal for export', 'journal/boot.export', (n) =>
    lines(
      n,
      (i) =>
        `__REALTIME_TIMESTAMP=${EPOCH_MS * 1000 + i}\n__MONOTONIC_TIMESTAMP=${i}\n_PID=1\nUNIT=unit-${i >> 1}.service\nMESSAGE=${MESSAGE(i)}\n`,
    ),
  ),
  one('journal, verbose', 'journal/boot.verbose', (n) =>
    lines(
      n,
      (i) =>
        `Sat 2026-08-01 ${clock(i)}.000000 UTC [s=ab;i=${i};b=${'0'.repeat(32)};m=${i.toString(16)};t=${(EPOCH_MS * 1000 + i).toString(16)};x=2]\n    _PID=1\n    UNIT=unit-${i >> 1}.service\n    MESSAGE=${MESSAGE(i)}`,
    ),
  ),
  one(
    'plot.txt',
    'systemd/plot.txt',
    (n) =>
      `NAME ACTIVATED ACTIVATING DEACTIVATED DEACTIVATING TIME SANDBOX\n${lines(n, (i) => `unit-${i}.service ${i + 5}ms ${i}ms 0 0 5ms -`)}`,
  ),
  one('systemctl status', 'systemd/status.txt', (n) =>
    lines(
      n,
      (i) =>
        `● unit-${i}.service - Unit ${i}\n     Active: active (running) since Sat 2026-08-01 ${clock(i)} UTC; 3min 12s ago`,
    ),
  ),
  one(
    'systemctl list-jobs',
    'systemd/list-jobs.txt',
    (n) => `JOB UNIT TYPE STATE\n${lines(n, (i) => `${i} unit-${i}.service start running`)}`,
  ),
  one('console of a boot', 'console/serial.txt', (n) =>
    lines(n, (i) =>
      i % 2 ? `[  OK  ] Started unit-${i}.service - Unit ${i}.` : `         Starting unit-${i}.service...`,
    ),
  ),
  one('kubelet metrics', 'aks/kubelet-metrics.txt', (n) =>
    lines(n, (i) => `kubelet_node_startup_pre_kubelet_duration_seconds ${i}.951089875`),
  ),
  one(
    'secure TLS bootstrap',
    'aks/secure-tls-bootstrap.log',
    (n) => lines(n, (i) => `{"level": "info", "timestamp": "${iso(EPOCH_MS + i)}", "msg": "step ${i} done"}`),
    {},
    10_000,
  ),
  one('start of the TLS bootstrap', 'aks/tls-bootstrap-start-time', (n) => lines(n, () => iso(EPOCH_MS))),
  one('cloud-init-output.log', 'cloud-init/cloud-init-output.log', (n) =>
    lines(
      n,
      (i) =>
        `Cloud-init v. 24.4.1 running 'modules:final' at Wed, 05 Mar 2025 10:16:${String(i % 60).padStart(2, '0')} +0000. Up ${i}.37 seconds.`,
    ),
  ),
  one(
    'cloud-init status as text',
    'cloud-init/status.txt',
    (n) => `status: done\nerrors:\n${lines(n, (i) => `  - error ${i}`)}`,
  ),
  one(
    'cloud-init analyze blame',
    'cloud-init/analyze-blame.txt',
    (n) => `-- Boot Record 01 --\n${lines(n, (i) => `     0${i % 9}.50000s (modules-final/config-${i})`)}`,
  ),
  one('cloud-init analyze boot', 'cloud-init/analyze-boot.txt', (n) =>
    lines(
      n,
      (i) =>
        `-- Most Recent Boot Record --\n    Kernel Started at: ${stamp(EPOCH_MS + i)}000\n    Kernel time to boot (seconds): ${i}.5`,
    ),
  ),
  one('files that are expected', 'machine/files.txt', (n) => lines(n, (i) => `644 root root /etc/x${i}`)),
];
