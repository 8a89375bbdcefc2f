/**
 * Runs a script in a machine without SSH: as a managed run command, which the guest agent executes as root. Azure shows only the
 * last 4 KiB of a script's output, so the output goes to a blob. None of this runs before the boot is over.
 */
import { worldError } from '../../../model/errors.ts';
import type { RunScript } from '../../../model/provider.ts';
import { ms } from '../../../model/units.ts';
import { asWorldError, oneLine } from '../arm/failure.ts';
import type { Context } from './context.ts';
import type { BlobAddress } from './outputs.ts';

const NAME = 'bench-collect';
const POLL_MS = ms(5_000);
/** The agent fetches a command, and writes its result, at its own pace. */
const AGENT_TAKES_MS = 120_000;

export function runnerOf({ arm, machines, options, run }: Context, machine: string, blobOf: BlobAddress): RunScript {
  const { timer } = run;
  return async (script, { withinMs, maxBytes }, signal) => {
    const address = blobOf(`${machine}.txt`);
    const endMs = timer.nowMs() + withinMs + AGENT_TAKES_MS;
    const body = {
      location: options.location,
      source: { script },
      asyncExecution: true,
      timeoutInSeconds: Math.ceil(withinMs / 1000),
      outputBlobUri: address,
    };
    const ended = async () => {
      await arm.writeTurn(signal);
      await machines.startCommand(machine, NAME, body, signal);
      while (timer.nowMs() < endMs) {
        await timer.sleep(POLL_MS, signal);
        await arm.readTurn(signal);
        const { instanceView: view, provisioningState } = await machines.readCommand(machine, NAME, signal);
        if (view?.executionState === 'Succeeded') return;
        if (provisioningState === 'Failed' || /Failed|TimedOut|Canceled/.test(view?.executionState ?? ''))
          throw refused(view?.executionMessage || view?.error || 'it ended without output');
      }
      throw refused(`no result within ${Math.round((withinMs + AGENT_TAKES_MS) / 60_000)} min`);
    };
    await ended().catch((cause: unknown) => {
      throw asWorldError('The run command failed', cause);
    });
    const headers = { range: `bytes=0-${maxBytes - 1}` };
    const { status, text } = await arm.elsewhere({ method: 'GET', url: address, headers }, signal);
    if (status === 200 || status === 206) return text;
    throw worldError(
      `The output of the run command cannot be read (HTTP ${status}).`,
      'Check that the machine can reach the storage account from its network.',
    );
  };
}

const refused = (why: string) =>
  worldError(
    `The run command failed: ${oneLine(why)}`,
    'It needs a running guest agent in the image, and a route from the machine to the storage account.',
  );
