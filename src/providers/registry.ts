/** The providers, one line each. The first is the one that bench turns to where a scenario names none. */
import { worldError } from '../model/errors.ts';
import type { ProviderKind } from '../model/provider-kind.ts';
import type { Scenario, ScenarioSchemas } from '../model/scenario.ts';
import { azure } from './azure/kind.ts';
import { command } from './command/kind.ts';
import { host } from './host/kind.ts';
import { imported } from './imported.ts';
import { qemu } from './qemu/kind.ts';

const KINDS: ProviderKind[] = [qemu, azure, command, host, imported];

/** Adds a provider that does not come with bench; the function that it returns takes it out again. */
export function register(kind: ProviderKind): () => void {
  KINDS.push(kind);
  return () => void KINDS.splice(KINDS.indexOf(kind), 1);
}

export const providerKinds = (): readonly ProviderKind[] => KINDS;

export const scenarioSchemas = (): ScenarioSchemas => new Map(KINDS.map(({ kind, schema }) => [kind, schema]));

/** Undefined where no provider has that name. */
export const kindNamed = (name: unknown): ProviderKind | undefined => KINDS.find(({ kind }) => kind === name);

/** A scenario was parsed by the schema of its kind, so that there is one. */
export function kindOf({ provider }: Pick<Scenario, 'provider'>): ProviderKind {
  const found = kindNamed(provider.kind);
  if (found === undefined) throw worldError(`There is no provider ${provider.kind}.`);
  return found;
}

/** Facts of machines whose difference moves times by less than that of a provider or a clock, or perhaps by nothing. */
export const SHOULD_AGREE: readonly string[] = ['qemu', 'hostCpu', 'cpuModel', 'location'];
