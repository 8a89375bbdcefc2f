/**
 * Provisioning in a real shell: `set -x` has its own quoting, and a script that exits leaves no event of its current step. We
 * wrote the functions after those of a node.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aks } from '../../src/collectors/aks.ts';
import type { Parsed } from '../../src/model/collector.ts';

const FUNCTIONS = String.raw`
logs_to_events() {
  local task=$1; shift
  local startTime
  startTime=$(date +"%F %T.%3N")
  "$@"
  local ret=$?
  local endTime
  endTime=$(date +"%F %T.%3N")
  json_string=$(printf '{\n  "Timestamp": "%s",\n  "OperationId": "%s",\n  "Version": "1.23",\n  "TaskName": "%s",\n  "EventLevel": "Informational",\n  "Message": "Completed: %s",\n  "EventPid": "0",\n  "EventTid": "0"\n}' "$startTime" "$endTime" "$task" "$*")
  echo $json_string > "$EVENTS/$(date +%s%N).json"
  return $ret
}
quick() { true; }
outer() { logs_to_events AKS.CSE.outer.inner inner "it's" 'two  words'; sleep 0.02; }
inner() { sleep 0.02; }
dies() { logs_to_events AKS.CSE.dies.deeper deeper; }
deeper() { sleep 0.02; exit 34; }
set -x
`;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'bench-shell-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the script; returns its trace and its event files. */
function provision(script: string): { trace: Map<string, Uint8Array>; files: Map<string, Uint8Array> } {
  const { stderr } = spawnSync('bash', ['-c', `${FUNCTIONS}${script}`], {
    env: { PATH: process.env.PATH ?? '', EVENTS: folder, TZ: 'UTC' },
  });
  const files = readdirSync(folder).map((name): [string, Uint8Array] => [
    `guest-agent/events/${name}`,
    readFileSync(path.join(folder, name)),
  ]);
  return { trace: new Map([['aks/cluster-provision.log', stderr]]), files: new Map(files) };
}

const names = ({ spans }: Parsed) => spans.map(({ name, within }) => [name, within]);

describe('provisioning in a real shell', () => {
  it('leaves the same steps in its trace as in its event files', () => {
    const { trace, files } = provision('logs_to_events AKS.CSE.quick quick\nlogs_to_events AKS.CSE.outer outer');
    const [fromTrace, fromFiles] = [aks.parse(trace), aks.parse(files)];
    expect(names(fromFiles)).toEqual([
      ['quick', undefined],
      ['outer', undefined],
      ['outer.inner', 'outer'],
    ]);
    expect(names(fromTrace)).toEqual(names(fromFiles));
    expect(fromTrace.spans.map(({ start, end }) => [start.us, end?.us])).toEqual(
      fromFiles.spans.map(({ start, end }) => [start.us, end?.us]),
    );
    const both = aks.parse(new Map([...trace, ...files]));
    expect(names(both)).toEqual(names(fromFiles));
    expect([fromTrace.warnings, fromFiles.warnings, both.warnings]).toEqual([[], [], []]);
  });

  it('shows the step in which it died in its trace, but not in its event files', () => {
    const { trace, files } = provision('logs_to_events AKS.CSE.quick quick\nlogs_to_events AKS.CSE.dies dies');
    expect(names(aks.parse(files))).toEqual([['quick', undefined]]);
    const { spans, warnings } = aks.parse(new Map([...trace, ...files]));
    expect(spans.map(({ name, within, end }) => [name, within, end !== undefined])).toEqual([
      ['quick', undefined, true],
      ['dies', undefined, false],
      ['dies.deeper', 'dies', false],
    ]);
    expect(warnings).toMatchObject([
      { code: 'provisioning-failed', message: expect.stringContaining('exit code 34') },
      { code: 'step-without-end', message: expect.stringContaining('AKS.CSE.dies.deeper') },
    ]);
  });
});
