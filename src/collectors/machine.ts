/**
 * Facts that may explain an outlier: system, kernel, command line, processor, memory, disks, hypervisor and its host. One
 * process reads the first thirty lines of each file, which is one processor of /proc/cpuinfo.
 */
import type { Collector, Parsed } from '../model/collector.ts';
import { journalOf } from './journal-lines.ts';
import { nothingYet } from './parsed.ts';
import { linesOf } from './reading/lines.ts';

export const FACTS_PATH = 'machine/facts.txt';

const SOURCES = [
  '/etc/os-release',
  '/proc/version',
  '/proc/cmdline',
  '/proc/cpuinfo',
  '/proc/meminfo',
  '/proc/swaps',
  '/proc/sys/kernel/random/boot_id',
  '/sys/devices/system/cpu/online',
  '/sys/devices/system/clocksource/clocksource0/current_clocksource',
  '/sys/class/dmi/id/sys_vendor',
  '/sys/class/dmi/id/product_name',
  '/sys/class/dmi/id/product_version',
  '/sys/class/dmi/id/bios_version',
  '/sys/hypervisor/type',
  '/sys/block/*/size',
  '/sys/block/*/queue/rotational',
];

export const machine: Collector = {
  id: 'machine',
  // No machine has all of them.
  artifacts: [{ path: FACTS_PATH, command: `grep -Hs -m 30 . ${SOURCES.join(' ')}; true`, maxBytes: 256 * 1024 }],
  parse(raw): Parsed {
    const found = nothingYet();
    for (const { text } of linesOf(raw.get(FACTS_PATH))) {
      const [, file, content] = /^(\/[^:]+):(.*)$/.exec(text) ?? [];
      const fact = file === undefined || content === undefined ? undefined : factOf(file, content);
      if (fact !== undefined && !(fact[0] in found.facts)) found.facts[fact[0]] = fact[1];
    }
    const host = hostBuild(raw);
    if (host !== undefined) found.facts['host.build'] = host;
    return found;
  },
};

const WHOLE_FILES: Readonly<Record<string, string>> = {
  '/proc/version': 'kernel',
  '/proc/cmdline': 'kernel.commandLine',
  '/sys/devices/system/cpu/online': 'cpu.online',
  '/sys/devices/system/clocksource/clocksource0/current_clocksource': 'clock.source',
  '/sys/class/dmi/id/sys_vendor': 'machine.vendor',
  '/sys/class/dmi/id/product_name': 'machine.product',
  '/sys/class/dmi/id/product_version': 'machine.version',
  '/sys/class/dmi/id/bios_version': 'machine.firmware',
  '/sys/hypervisor/type': 'hypervisor',
};

/** A fact under the name that a reader would look for, or undefined for an irrelevant line. */
function factOf(file: string, content: string): readonly [string, string | number] | undefined {
  const whole = WHOLE_FILES[file];
  if (whole !== undefined) return [whole, content.trim().slice(0, 1000)];
  if (file === '/etc/os-release') {
    const [, key, value] =
      /^(PRETTY_NAME|VERSION_ID|IMAGE_ID|IMAGE_VERSION|BUILD_ID|VARIANT_ID)="?([^"]*)"?$/.exec(content) ?? [];
    return key === undefined || value === undefined ? undefined : [`os.${key.toLowerCase()}`, value.slice(0, 200)];
  }
  if (file === '/proc/cpuinfo') {
    const [, key, value] = /^(model name|cpu family|model|stepping|microcode|CPU part)\s*:\s*(.*)$/.exec(content) ?? [];
    return key === undefined || value === undefined
      ? undefined
      : [`cpu.${key.replaceAll(' ', '-')}`, value.slice(0, 200)];
  }
  if (file === '/proc/meminfo') {
    const [, kilobytes] = /^MemTotal:\s+(\d{1,12}) kB/.exec(content) ?? [];
    return kilobytes === undefined ? undefined : ['memory.bytes', Number(kilobytes) * 1024];
  }
  const [, disk, what] = /^\/sys\/block\/([^/]{1,32})\/(size|queue\/rotational)$/.exec(file) ?? [];
  if (disk === undefined || /^(?:loop|ram|zram|sr|fd)\d/.test(disk) || !/^\d{1,15}$/.test(content)) return undefined;
  // The kernel counts sectors of 512 bytes whatever the disk's own are (Documentation/ABI/stable/sysfs-block).
  return what === 'size' ? [`disk.${disk}.bytes`, Number(content) * 512] : [`disk.${disk}.rotational`, Number(content)];
}

/** The kernel log states the Hyper-V host's build, in three spellings so far ("Host Build 10.0.20348.1", "Host Build:..."). */
function hostBuild(raw: ReadonlyMap<string, Uint8Array>): string | undefined {
  for (const { message } of journalOf(raw).lines.slice(0, 5000)) {
    const [, build] = /Hyper-V:? Host Build[: ]\s*([\w.-]{1,60})/i.exec(message) ?? [];
    if (build !== undefined) return build;
  }
  return undefined;
}
