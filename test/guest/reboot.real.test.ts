/** The order to reboot, over a real sshd, which runs a stand-in for it: this computer must stay up. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GuestFailure } from '../../src/guest/failure.ts';
import { asRoot, reboot } from '../../src/guest/reboot.ts';
import { ms } from '../../src/model/units.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { realTimer as timer } from '../support/timer.ts';

let folder: string;
let sshd: Sshd;
const ordered = () => readFileSync(path.join(folder, 'ordered'), 'utf8');
/** The machine's reaction to any command. */
const machineThat = (does: string) =>
  writeFileSync(
    path.join(folder, 'machine.sh'),
    `printf '%s' "$SSH_ORIGINAL_COMMAND" > ${path.join(folder, 'ordered')}\n${does}\n`,
  );
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'bench-reboot-'));
  sshd = await startSshd({ forceCommand: `/bin/sh ${path.join(folder, 'machine.sh')}` });
});
afterAll(async () => {
  await sshd.stop();
  rmSync(folder, { recursive: true });
});

const options = { reachWithinMs: ms(60_000), timer };
const never = new AbortController().signal;
const failureOf = (work: Promise<void>) =>
  work.then(
    () => undefined,
    ({ failure }: GuestFailure) => failure,
  );

test('a machine that accepts the order, or goes down with it, reboots', async () => {
  machineThat('exit 0');
  expect(await failureOf(reboot(sshd.target, options, never))).toBeUndefined();
  expect(ordered()).toMatch(/^(sudo -n )?systemctl reboot$/);
  machineThat('kill -9 $PPID');
  expect(await failureOf(reboot(sshd.target, options, never))).toBeUndefined();
});

test('a machine that refuses says why', async () => {
  machineThat('echo "Access denied" >&2; exit 1');
  expect(await failureOf(reboot(sshd.target, options, never))).toMatchObject({
    stage: 'reach',
    code: 'reboot-refused',
    message: 'The machine refused to reboot: Access denied.',
  });
});

test('a script ahead of a reboot runs as root, and must succeed', async () => {
  machineThat('sh -c "$SSH_ORIGINAL_COMMAND"');
  expect(await failureOf(asRoot(sshd.target, 'exit 0', options, never))).toBeUndefined();
  expect(ordered()).toMatch(/^(sudo -n )?sh -c /);
  machineThat('exit 4');
  expect((await failureOf(asRoot(sshd.target, 'exit 4', options, never)))?.message).toContain('exit code 4');
  machineThat('kill -9 $PPID');
  expect((await failureOf(asRoot(sshd.target, 'true', options, never)))?.message).toContain('the connection broke');
});
