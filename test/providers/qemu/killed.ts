/** A bench that is killed in the middle of something, for killed.vm.test.ts: opens a fleet, boots, says so, and waits. */
import { QemuScenario } from '../../../src/model/scenario.ts';
import { qemuProvider } from '../../../src/providers/qemu/provider.ts';
import { forever, request, runContext } from './lab.ts';

const [scenario = '', cacheFolder = '', scratchFolder = '', scenarioFolder = ''] = process.argv.slice(2);
const run = runContext({ cacheFolder, scratchFolder, scenarioFolder });
const progress = (line: string) => process.stdout.write(`${line}\n`);
const fleet = await qemuProvider(QemuScenario.parse(JSON.parse(scenario))).open({ ...run, progress });
const machine = await fleet.boot(request(1), forever);
progress(`booted on port ${machine.ssh.port}`);
setInterval(() => {}, 1000);
