/** Managed run commands of the test endpoint: they run in the stand-in of a machine; their output goes to a blob as on Azure. */
import { type Answer, notFound } from './answer.ts';
import type { Call } from './faults.ts';
import type { CommandResult } from './power.ts';

/** Azure shows no more of a script's output than this. */
const SHOWN = 4096;

interface Command {
  readonly body: { readonly location: string; readonly properties: Record<string, unknown> };
  result?: CommandResult;
}

export function runCommandRoom(blobs: Map<string, string>) {
  const commands = new Map<string, Command>();
  const key = (call: Call) => call.path.toLowerCase();

  function put(call: Call, run: ((script: string) => Promise<CommandResult>) | undefined): Answer {
    const command: Command = { body: call.body as Command['body'] };
    const { source, outputBlobUri } = command.body.properties as { source: { script: string }; outputBlobUri: string };
    commands.set(key(call), command);
    const ran = run?.(source.script) ?? Promise.resolve({ exitCode: 1, output: 'no guest agent' });
    void ran.then((result) => {
      if (result.exitCode === 0) blobs.set(new URL(outputBlobUri).pathname, result.output);
      command.result = result;
    });
    return { status: 201, body: shown(call, command, false) };
  }

  function shown(call: Call, { body, result }: Command, expanded: boolean) {
    const state = result === undefined ? 'Running' : result.exitCode === 0 ? 'Succeeded' : 'Failed';
    const instanceView = {
      executionState: state,
      ...(result && { exitCode: result.exitCode, output: result.output.slice(-SHOWN), error: '' }),
    };
    return {
      id: call.path,
      name: call.path.split('/').at(-1),
      type: 'Microsoft.Compute/virtualMachines/runCommands',
      location: body.location,
      properties: { ...body.properties, provisioningState: 'Succeeded', ...(expanded && { instanceView }) },
    };
  }

  return {
    answer(call: Call, run: ((script: string) => Promise<CommandResult>) | undefined): Answer {
      if (call.method === 'PUT') return put(call, run);
      const found = commands.get(key(call));
      if (!found) return notFound('ResourceNotFound');
      return { status: 200, body: shown(call, found, call.query.get('$expand') === 'instanceView') };
    },
  };
}
