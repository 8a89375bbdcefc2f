/**
 * `bench init --aks <cluster>`: writes a scenario and a node's configuration from the cluster, and lists what the user still has to fill
 * in.
 */
import path from 'node:path';
import { parse } from 'yaml';
import { readSavedText } from '../../files/saved-text.ts';
import type { ClusterRequest, ToFill } from '../../model/cluster.ts';
import { worldError } from '../../model/errors.ts';
import type { World } from '../../model/world.ts';
import { providerKinds, scenarioSchemas } from '../../providers/registry.ts';
import { writeFileWhole } from '../../store/files.ts';
import { freePlace, mustBeFree, SCHEMA } from '../init.ts';
import { scenarioSchema } from '../scenario-schema.ts';

export interface ClusterInit {
  readonly name: string;
  readonly cluster: string | undefined;
  readonly group: string | undefined;
  /** File with the output of `az aks show -o json`; without one, bench reads the cluster from Azure. */
  readonly from: string | undefined;
}

export interface WrittenInit {
  readonly files: readonly string[];
  readonly toFill: readonly ToFill[];
}

type InitWorld = Pick<World, 'cwd' | 'environment' | 'timer' | 'signal'>;

export async function initFromCluster(init: ClusterInit, world: InitWorld): Promise<WrittenInit> {
  const { cwd } = world;
  const { folder, scenario } = await freePlace(init.name, cwd);
  const config = path.join(folder, 'nodes', `${init.name}.json`);
  await mustBeFree(config, cwd);
  const kind = providerKinds().find(({ startFromCluster }) => startFromCluster !== undefined);
  if (kind?.startFromCluster === undefined) throw worldError('No provider of this build knows clusters.');
  const request = await requestOf(init, cwd);
  const { environment, timer } = world;
  const start = await kind.startFromCluster(request, init.name, { environment, folder: cwd, timer }, world.signal);
  // The variables are not set yet: this checks the rest against the schema that a run uses.
  const text = `# yaml-language-server: $schema=./${SCHEMA}\n${start.scenario}`;
  scenarioSchemas()
    .get(kind.kind)
    ?.parse(withStandIns(parse(text)));
  await writeFileWhole(path.join(folder, SCHEMA), scenarioSchema());
  await writeFileWhole(config, start.nodeConfig);
  await writeFileWhole(scenario, text);
  return { files: [scenario, config], toFill: start.toFill };
}

async function requestOf({ cluster, group, from }: ClusterInit, cwd: string): Promise<ClusterRequest> {
  if (from !== undefined)
    return { kind: 'saved', text: await readSavedText(path.resolve(cwd, from)), shown: from, cluster };
  return { kind: 'cloud', cluster: cluster ?? '', group };
}

/** Stand-ins for the user's values, in the form that the schema asks for. */
const STAND_INS: Readonly<Record<string, string>> = {
  BENCH_BOOTSTRAPPER_URL: 'http://localhost:8080',
  BENCH_AZURE_CREDENTIALS: 'default',
};

function withStandIns(value: unknown): unknown {
  if (typeof value === 'string')
    return value.replaceAll(
      /\$\{env:(\w+)[^}]*\}/g,
      (_, name: string) => STAND_INS[name] ?? 'publisher:offer:sku:1.0.0',
    );
  if (Array.isArray(value)) return value.map(withStandIns);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withStandIns(each)]));
}
