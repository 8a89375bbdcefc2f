/**
 * What turns a machine into an AKS node: custom data and a provisioning command, from a node bootstrapper or from files. Bench
 * fills in `${env:NAME}` here, at the last moment, sends the results to Azure, and never writes them to disk.
 */
import path from 'node:path';
import * as z from 'zod';
import { readSmallText } from '../../../files/regular.ts';
import { BenchError, messageOf, usageError, worldError } from '../../../model/errors.ts';
import { jsonOrUndefined } from '../../../model/json.ts';
import type { RunContext } from '../../../model/provider.ts';
import { addSecret } from '../../../model/secrets.ts';
import { ms } from '../../../model/units.ts';
import { guardedFetch, shownAddress } from '../../../net/guarded-fetch.ts';
import { timeLimit } from '../../../net/time-limit.ts';
import type { AzureScenario, Bootstrap } from '../scenario.ts';

export type BootstrapWorld = Pick<RunContext, 'environment' | 'scenarioFolder' | 'signal'>;

export interface BootstrapData {
  /** Base64, as Azure takes it. */
  readonly customData?: string;
  readonly userData?: string;
  /** The custom script extension runs it, as a protected setting. */
  readonly command?: string;
}

const ANSWER_WITHIN_MS = 120_000;
/** Azure limits custom data to 64 KiB; even in base64 and with the command, no sensible response is larger. */
const ANSWER_LIMIT = 1024 * 1024;

/** By variant: its own bootstrap, or the scenario's. Variants with the same bootstrap share one request. */
export async function bootstrapData(
  scenario: AzureScenario,
  run: BootstrapWorld,
): Promise<ReadonlyMap<string, BootstrapData>> {
  const asked = new Map<string, Promise<BootstrapData>>();
  const entries = Object.entries(scenario.variants).map(async ([variant, { bootstrap = scenario.bootstrap }]) => {
    const key = JSON.stringify(bootstrap ?? null);
    const data = asked.get(key) ?? dataOf(scenario, bootstrap, run);
    asked.set(key, data);
    return [variant, await data] as const;
  });
  return new Map(await Promise.all(entries));
}

async function dataOf(
  { provider }: AzureScenario,
  bootstrap: Bootstrap | undefined,
  run: BootstrapWorld,
): Promise<BootstrapData> {
  const own = async (file: string | undefined) =>
    file === undefined ? undefined : Buffer.from(await readOwn(file, run)).toString('base64');
  const [customData, userData] = await Promise.all([own(provider.customData), own(provider.userData)]);
  const given = { ...(customData && { customData }), ...(userData && { userData }) };
  if (bootstrap === undefined) return given;
  if (customData !== undefined && !(bootstrap.kind === 'files' && bootstrap.customData === undefined))
    throw usageError('provider.customData and bootstrap both set custom data.', 'Remove one of them.');
  if (bootstrap.kind === 'agentbaker') return { ...given, ...(await askBootstrapper(bootstrap, run)) };
  const data = await own(bootstrap.customData);
  const command = bootstrap.command === undefined ? undefined : (await readOwn(bootstrap.command, run)).trim();
  return { ...given, ...(data && { customData: data }), ...(command && { command }) };
}

/**
 * Reads a file beside the scenario and fills in the environment. If a plain value would break a JSON document (a certificate has
 * line breaks), this writes the value as JSON does.
 */
async function readOwn(name: string, run: BootstrapWorld): Promise<string> {
  const text = await readSmallText(path.resolve(run.scenarioFolder, name)).catch((cause: unknown) => {
    throw usageError(`bootstrap: ${messageOf(cause)}`);
  });
  const filled = (written: (value: string) => string) =>
    text.replaceAll(/\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, variable: string) => {
      const value = run.environment[variable];
      if (value) {
        addSecret(value);
        return written(value);
      }
      throw usageError(`${name}: the environment variable ${variable} is not set.`);
    });
  const plain = filled((value) => value);
  const isBroken = jsonOrUndefined(text) !== undefined && jsonOrUndefined(plain) === undefined;
  return isBroken ? filled((value) => JSON.stringify(value).slice(1, -1)) : plain;
}

async function askBootstrapper(
  { url, nodeConfig }: { readonly url: string; readonly nodeConfig: string },
  run: BootstrapWorld,
): Promise<BootstrapData> {
  const address = `${url.replace(/\/+$/, '')}/getnodebootstrapdata`;
  const question = await readOwn(nodeConfig, run);
  const shown = shownAddress(address);
  const response = await guardedFetch(address, {
    for: 'The node bootstrapper',
    environment: run.environment,
    init: { method: 'POST', headers: { 'content-type': 'application/json' }, body: question },
    signal: AbortSignal.any([run.signal, timeLimit(ms(ANSWER_WITHIN_MS))]),
  }).catch((cause: unknown) => {
    if (cause instanceof BenchError && cause.kind === 'usage') throw cause;
    throw worldError(
      `The node bootstrapper at ${shown} did not answer: ${messageOf(cause)}`,
      'Check that it is running.',
      cause,
    );
  });
  const text = (await response.text()).slice(0, ANSWER_LIMIT);
  const answer = response.ok ? parsed(text) : undefined;
  // The response contains secrets, so the error shows no part of it.
  if (answer === undefined)
    throw worldError(
      `The node bootstrapper at ${shown} returned no bootstrap data (HTTP ${response.status}).`,
      `Check its log; the request was ${nodeConfig}.`,
    );
  return { customData: answer.CustomData, command: answer.CSE };
}

const Data = z.object({ CustomData: z.string(), CSE: z.string() });

const parsed = (text: string): z.output<typeof Data> | undefined => Data.safeParse(jsonOrUndefined(text)).data;
