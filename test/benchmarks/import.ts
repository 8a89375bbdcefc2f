/**
 * `npm run bench:import -- [nodes] [megabytes per node]`: the command imports a bundle of log collectors' archives, as in a support
 * case. Prints seconds and peak memory. Limits for 20 nodes of 10 MB: 30 s and 500 MB.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const [nodes, megabytes] = [Number(process.argv[2] ?? 20), Number(process.argv[3] ?? 10)];
const folder = mkdtempSync(path.join(tmpdir(), 'bench-import-'));

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');

/** A system log cut to its end, with kubelet's lines late in it, as the log collector leaves it. */
function systemLog(node: number, bytes: number): string {
  const host = `aks-nodepool1-00000000-vmss${pad(node, 6)}`;
  const lines: string[] = [];
  let size = 0;
  for (let index = 0; size < bytes - 2_000; index += 1) {
    const second = Math.floor(index / 5_000) % 60;
    const line = `Aug 18 20:32:${pad(second, 2)} ${host} kernel: [    0.${pad(index % 1_000_000, 6)}] BIOS-e820: [mem 0x${pad(index, 16)}-0x${pad(index, 16)}] usable`;
    lines.push(line);
    size += line.length + 1;
  }
  const klog = (clock: string, text: string) =>
    `Aug 18 ${clock.slice(0, 8)} ${host} kubelet[5528]: I0818 ${clock}    5528 ${text}`;
  return [
    ...lines,
    klog('20:33:37.502201', `kubelet_node_status.go:75] "Attempting to register node" node="${host}"`),
    klog('20:33:37.515480', `kubelet_node_status.go:78] "Successfully registered node" node="${host}"`),
    klog(
      `20:33:4${node % 10}.920111`,
      `kubelet_node_status.go:724] "Recording event message for node" node="${host}" event="NodeReady"`,
    ),
    '',
  ].join('\n');
}

const result = (node: number) =>
  `${JSON.stringify({ ExitCode: '0', Output: '', Error: '', ExecDuration: String(10 + (node % 5)), KernelStartTime: 'Mon 2025-08-18 20:32:17 UTC', CSEStartTime: 'Mon Aug 18 20:32:25 UTC 2025', SystemdSummary: '', BootDatapoints: {} })}\n`;

async function makeNode(node: number): Promise<void> {
  const root = path.join(folder, 'bundle', node % 2 === 0 ? 'before' : 'after', `node${node}`);
  await mkdir(path.join(root, 'var/log/azure/aks'), { recursive: true });
  writeFileSync(path.join(root, 'var/log/syslog'), systemLog(node, megabytes * 2 ** 20));
  writeFileSync(path.join(root, 'var/log/azure/aks/provision.json'), result(node));
}

/** The peak memory of the process, as the kernel counts it. */
function mostMemory(pid: number | undefined): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

async function timed(): Promise<{ seconds: number; megabytes: number; code: number | null }> {
  const begun = performance.now();
  const args = ['dist/bench.js', 'import', path.join(folder, 'bundle'), '--out', path.join(folder, 'runs')];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, mostMemory(child.pid));
  }, 20);
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  clearInterval(timer);
  return { seconds: (performance.now() - begun) / 1000, megabytes: most, code };
}

try {
  for (let node = 0; node < nodes; node += 1) await makeNode(node);
  const { seconds, megabytes: most, code } = await timed();
  console.log(`${nodes} nodes, ${nodes * megabytes} MB: ${seconds.toFixed(1)} s, ${most.toFixed(0)} MB, exit ${code}`);
} finally {
  rmSync(folder, { recursive: true });
}
