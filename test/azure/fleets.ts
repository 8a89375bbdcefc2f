/** The usual setup of a test of the provider: a laboratory for this one test, a fleet in it, the boots of a block. */
import { expect, onTestFinished } from 'vitest';
import { BenchError } from '../../src/model/errors.ts';
import { BootFailure, type Fleet, type Machine } from '../../src/model/provider.ts';
import { azure } from '../../src/providers/azure/kind.ts';
import type { Fault } from './faults.ts';
import { azureScenario, blockRequests, type Laboratory, type LaboratoryOptions, laboratory } from './laboratory.ts';

export const never = new AbortController().signal;
export const MACHINE = /\/virtualMachine(s|ScaleSets)\/[^/]+$/i;
export const BEFORE = /\/virtualMachine(s|ScaleSets)\/[^/]+-before[^/]*$/i;
export const AFTER = /\/virtualMachine(s|ScaleSets)\/[^/]+-after[^/]*$/i;

export interface Setting {
  readonly options?: LaboratoryOptions;
  /** The provider's part of the scenario, and the rest. */
  readonly provider?: object;
  readonly more?: object;
  /** By default, the request for a machine gets 409. */
  readonly faults?: readonly Partial<Fault>[];
}

/** The end of the test closes the laboratory. */
export async function openLab(options: LaboratoryOptions = {}): Promise<Laboratory> {
  const lab = await laboratory(options);
  onTestFinished(() => lab.close());
  return lab;
}

export async function openFleet({ options, provider = {}, more = {}, faults = [] }: Setting = {}) {
  const lab = await openLab(options);
  for (const fault of faults)
    lab.endpoint.faults.add({ method: 'PUT', path: MACHINE, kind: 'answer', code: 'Conflict', ...fault });
  return { lab, fleet: await azure.open(azureScenario(provider, more), lab.context()) };
}

export type Outcome = Machine | BootFailure | BenchError;

/** Requests the boots of a block together; a boot that could not start yields its failure. */
export const bootBlock = (fleet: Fleet, block = 1): Promise<Outcome[]> =>
  Promise.all(
    blockRequests(block).map((request) =>
      fleet.boot(request, never).catch((cause: unknown) => {
        if (cause instanceof BootFailure || cause instanceof BenchError) return cause;
        throw cause;
      }),
    ),
  );

/** Boots a block in a setting and closes the fleet: returns the outcomes, and checks that no resource remains. */
export async function bootIn(setting: Setting) {
  const { lab, fleet } = await openFleet(setting);
  const outcomes = await bootBlock(fleet);
  await closeEmpty(lab, fleet);
  return { lab, outcomes };
}

export async function closeEmpty({ endpoint }: Laboratory, fleet: Fleet): Promise<void> {
  await fleet.close();
  expect(endpoint.left()).toEqual([]);
}

export const failureOf = (outcome: Outcome | undefined) =>
  outcome === undefined || outcome instanceof BenchError ? undefined : outcome.failure;

export const markOf = (outcome: Outcome | undefined, id: string) =>
  outcome === undefined || outcome instanceof BenchError ? undefined : outcome.marks.find((mark) => mark.id === id);

/** The requests for machines whose path matches. */
export const machinePuts = ({ endpoint }: Laboratory, which = MACHINE) =>
  endpoint.log.filter(({ method, path }) => method === 'PUT' && which.test(path));

/** The requested machines, as `after Standard_D4s_v5 2`: variant, size and zone, in the order of the requests. */
export const asked = (lab: Laboratory, which = MACHINE): string[] =>
  machinePuts(lab, which).map(({ path, body }) => {
    const { zones, sku, properties } = body as {
      zones?: string[];
      sku?: { name: string };
      properties: { hardwareProfile?: { vmSize: string } };
    };
    return [/before|after/.exec(path)?.[0], sku?.name ?? properties.hardwareProfile?.vmSize, ...(zones ?? [])].join(
      ' ',
    );
  });
