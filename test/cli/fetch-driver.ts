/** Fetches an address as bench fetches images and bootstrap data, in its own process. Prints the text or the error. */
import { fetchThroughProxy } from '../../src/cli/proxied-fetch.ts';
import { BenchError } from '../../src/model/errors.ts';
import { guardedFetch } from '../../src/net/guarded-fetch.ts';

await fetchThroughProxy(process.env);
try {
  const request = { for: 'image before', environment: process.env, signal: AbortSignal.timeout(20_000) };
  console.log(await (await guardedFetch(process.argv[2] ?? '', request)).text());
} catch (error) {
  if (!(error instanceof BenchError)) throw error;
  console.log(`${error.message} ${error.hint}`);
  process.exitCode = 3;
}
