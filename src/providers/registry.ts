/** The providers, one per line. The first is the default for a scenario that names none. */
import { worldError } from '../model/errors.ts';
import type { ProviderKind } from '../model/provider-kind.ts';
import type { Scenario, ScenarioSchemas } from '../model/scenario.ts';
import { azure } from './azure/kind.ts';
import { command } from './command/kind.ts';
import { host } from './host/kind.ts';
import { imported } from './imported.ts';
import { qemu } from './qemu/kind.ts';

const KINDS: ProviderKind[] = [qemu, azure, command, host, imported];

/** Adds a provider that does not come with bench; the returned function removes it again. */
export function register(kind: ProviderKind): () => void {
  KINDS.push(kind);
  return () => void KINDS.splice(KINDS.indexOf(kind), 1);
}

export const providerKinds = (): readonly ProviderKind[] => KINDS;

export const scenarioSchemas = (): ScenarioSchemas => new Map(KINDS.map(({ kind, schema }) => [kind, schema]));

/** Undefined where no provider has that name. */
export const kindNamed = (name: unknown): ProviderKind | undefined => KINDS.find(({ kind }) => kind === name);

/** The schema of its kind has parsed the scenario, so there is one. */
export function kindOf({ provider }: Pick<Scenario, 'provider'>): ProviderKind {
  const found = kindNamed(provider.kind);
  if (found === undefined) throw worldError(`There is no provider ${provider.kind}.`);
  return found;
}

/** A difference in these facts moves times less than another provider or clock does, or perhaps not at all. */
export const SHOULD_AGREE: readonly string[] = ['qemu', 'hostCpu', 'cpuModel', 'location'];
