/** A bench process for killed.vm.test.ts to kill: opens a fleet, boots, reports it, and waits. */

import { qemu } from '../../../src/providers/qemu/kind.ts';
import { QemuScenario } from '../../../src/providers/qemu/scenario.ts';
import { forever, request, runContext } from './lab.ts';

const [scenario = '', cacheFolder = '', scratchFolder = '', scenarioFolder = ''] = process.argv.slice(2);
const run = runContext({ cacheFolder, scratchFolder, scenarioFolder });
const progress = (line: string) => process.stdout.write(`${line}\n`);
const fleet = await qemu.open(QemuScenario.parse(JSON.parse(scenario)), { ...run, progress });
const machine = await fleet.boot(request(1), forever);
progress(`booted on port ${machine.ssh.port}`);
setInterval(() => {}, 1000);
