/**
 * What machines cost by the hour, from Azure's public price list (no token needed). An estimate: discounts and disks are not in
 * it. Facts of the list: Windows, Spot and Low Priority stand beside the plain price of a size, and so does Cloud Services,
 * which would count twice.
 */
import type { Arm } from './arm.ts';
import type { Environment } from './cloud.ts';

const PRICES = 'https://prices.azure.com';

interface Item {
  readonly armSkuName?: string;
  readonly productName?: string;
  readonly skuName?: string;
  readonly meterName?: string;
  readonly retailPrice?: number;
  readonly type?: string;
}

/** US dollars an hour by size; a size without a price is not in it. Never throws but for the signal. */
export async function hourlyPrices(
  arm: Arm,
  location: string,
  sizes: readonly string[],
  environment: Environment,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const base = (environment.BENCH_AZURE_PRICES || PRICES).replace(/\/+$/, '');
  const found = await Promise.all(
    [...new Set(sizes)].map(async (size) => [size, await priceOf(arm, base, location, size, signal)] as const),
  );
  return new Map(found.flatMap(([size, price]) => (price === undefined ? [] : [[size, price] as const])));
}

async function priceOf(
  arm: Arm,
  base: string,
  location: string,
  size: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const filter = `serviceName eq 'Virtual Machines' and armRegionName eq '${location}' and armSkuName eq '${size}' and priceType eq 'Consumption'`;
  try {
    const text = await arm.download(`${base}/api/retail/prices?$filter=${encodeURIComponent(filter)}`, signal);
    return plainPrice((JSON.parse(text) as { Items?: readonly Item[] }).Items ?? []);
  } catch {
    signal.throwIfAborted();
    // A price is good to know, and no reason to stop.
    return undefined;
  }
}

/** The plain Linux price among all that a size is sold as. */
export function plainPrice(items: readonly Item[]): number | undefined {
  const plain = items.filter(
    ({ productName = '', skuName = '', meterName = '' }) =>
      !/Windows|Cloud ?Services/i.test(productName) && !/Spot|Low Priority/i.test(`${skuName} ${meterName}`),
  );
  const prices = plain.flatMap(({ retailPrice }) => retailPrice ?? []).filter((price) => price > 0);
  return prices.length === 0 ? undefined : Math.min(...prices);
}
