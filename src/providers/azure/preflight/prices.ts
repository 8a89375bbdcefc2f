/**
 * The hourly price of machines, from Azure's public price list (no token needed); the cache folder keeps it for a day. It is an
 * estimate without discounts, disks and addresses. The list has Windows, Spot and Low Priority beside the plain price of a size. It
 * also has Cloud Services, which would count twice.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { readSmallText } from '../../../files/regular.ts';
import { jsonOrUndefined } from '../../../model/json.ts';
import { ms } from '../../../model/units.ts';
import { cloudOf, type Environment } from '../account/cloud.ts';
import { plainHttp, type Send } from '../arm/http.ts';
import type { AzureOptions } from '../scenario.ts';

const PRICES = 'https://prices.azure.com';
const WITHIN_MS = 10_000;
const FRESH_MS = 24 * 3_600_000;

const Price = z.object({ usdPerHour: z.number().positive(), asOf: z.iso.datetime() });
export type Price = z.infer<typeof Price>;

const Item = z.object({
  productName: z.string().default(''),
  skuName: z.string().default(''),
  meterName: z.string().default(''),
  retailPrice: z.number().default(0),
});
const Answer = z.object({ Items: z.array(Item) });

export interface PriceWorld {
  readonly send: Send;
  readonly environment: Environment;
  readonly cacheFolder: string;
  /** UTC, ISO 8601. */
  readonly nowIso: string;
}

/** The price of the first size, which a run tries first; undefined if the list has none. */
export async function firstPrice(
  { location, sizes, cloud }: AzureOptions,
  world: Omit<PriceWorld, 'send'> & { readonly scenarioFolder: string },
  signal: AbortSignal,
): Promise<(Price & { readonly size: string }) | undefined> {
  const [size = ''] = sizes;
  const send = await plainHttp(await cloudOf(cloud, world.environment, world.scenarioFolder));
  const price = (await hourlyPrices(location, [size], { ...world, send }, signal)).get(size);
  return price && { ...price, size };
}

/** Prices by size, without the sizes that have none. If the list does not answer, the cached price counts, however old. */
export async function hourlyPrices(
  location: string,
  sizes: readonly string[],
  world: PriceWorld,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Price>> {
  const found = await Promise.all(
    [...new Set(sizes)].map(async (size) => [size, await priceOf(location, size, world, signal)] as const),
  );
  return new Map(found.flatMap(([size, price]) => (price === undefined ? [] : [[size, price] as const])));
}

async function priceOf(
  location: string,
  size: string,
  world: PriceWorld,
  signal: AbortSignal,
): Promise<Price | undefined> {
  const file = path.join(world.cacheFolder, 'azure-prices', `${location}-${size}.json`.toLowerCase());
  const kept = await readKept(file);
  if (kept && Date.parse(world.nowIso) - Date.parse(kept.asOf) < FRESH_MS) return kept;
  const usdPerHour = await askFor(location, size, world, signal);
  if (usdPerHour === undefined) return kept;
  const price = { usdPerHour, asOf: world.nowIso };
  // If the cache cannot keep a price, the next command requests it again.
  await keep(file, price).catch(() => undefined);
  return price;
}

async function readKept(file: string): Promise<Price | undefined> {
  const text = await readSmallText(file).catch(() => '');
  return Price.safeParse(jsonOrUndefined(text)).data;
}

/** Writes the file whole or not at all: two processes may do so at the same time. */
async function keep(file: string, price: Price): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(price)}\n`);
  await rename(temporary, file);
}

async function askFor(
  location: string,
  size: string,
  { send, environment }: PriceWorld,
  signal: AbortSignal,
): Promise<number | undefined> {
  const base = (environment.BENCH_AZURE_PRICES || PRICES).replace(/\/+$/, '');
  const filter = `serviceName eq 'Virtual Machines' and armRegionName eq '${location}' and armSkuName eq '${size}' and priceType eq 'Consumption'`;
  const url = `${base}/api/retail/prices?$filter=${encodeURIComponent(filter)}`;
  try {
    const { status, text } = await send({ method: 'GET', url, withinMs: ms(WITHIN_MS) }, signal);
    return status === 200 ? plainPrice(Answer.parse(jsonOrUndefined(text)).Items) : undefined;
  } catch {
    signal.throwIfAborted();
    // A price is helpful, but no reason to stop.
    return undefined;
  }
}

/** The plain Linux price among all prices of a size. */
function plainPrice(items: readonly z.infer<typeof Item>[]): number | undefined {
  const prices = items
    .filter(
      ({ productName, skuName, meterName }) =>
        !/Windows|Cloud ?Services/i.test(productName) && !/Spot|Low Priority/i.test(`${skuName} ${meterName}`),
    )
    .map(({ retailPrice }) => retailPrice)
    .filter((price) => price > 0);
  return prices.length === 0 ? undefined : Math.min(...prices);
}

/** Prices by size; undefined if the caller wants none. */
export type PricesOf = (
  location: string,
  sizes: readonly string[],
) => Promise<Awaited<ReturnType<typeof hourlyPrices>> | undefined>;
