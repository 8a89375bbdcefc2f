import type { Answer } from './answer.ts';
import type { Call } from './faults.ts';
import type { Surroundings } from './machines.ts';

/** The answer to any DELETE: immediate if the resource does not exist, else `remove` runs when the operation ends well. */
export function deletion(
  call: Call,
  { resources, operations, latency, base }: Surroundings,
  remove: () => void,
): Answer {
  const found = resources.get(call.path);
  if (!found) return { status: 204 };
  const operation = operations.start(found.location, call, latency.delete, (failed) => {
    if (!failed) remove();
  });
  found.properties.provisioningState = 'Deleting';
  return { status: 202, headers: { ...operations.headers(operation), location: `${base()}/done/${operation.id}` } };
}
