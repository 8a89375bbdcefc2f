/**
 * `fetch` through the proxy of the environment, which Node's own ignores (before Node 24, and later unless configured). All of bench uses
 * the global one: code hosts, webhooks, images, bootstrappers. Azure's SDK has agents: `providers/azure/arm`.
 */
import { messageOf, worldError } from '../model/errors.ts';
import { hasProxy, type ProxySetting, proxyFor, useProxiesOf } from '../model/proxy.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** If a proxy is set, replaces the global `fetch` and its classes by undici's own, which takes a proxy agent. */
export async function fetchThroughProxy(environment: Environment): Promise<void> {
  if (!hasProxy(environment)) return;
  useProxiesOf(environment);
  const { Agent, Pool, ProxyAgent, fetch, install, setGlobalDispatcher } = (await import('undici')).default;
  setGlobalDispatcher(
    new Agent({
      factory: (origin, options) => {
        const proxy = proxyFor(origin, environment);
        if (proxy === undefined) return new Pool(origin, options);
        // A proxy may refuse to tunnel to anything but https.
        return new ProxyAgent({ uri: proxy.url.href, proxyTunnel: new URL(origin).protocol === 'https:' });
      },
    }),
  );
  install();
  const plain = fetch as unknown as typeof globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const proxy = proxyFor(input instanceof Request ? input.url : input, environment);
    const response = await plain(input, init).catch((cause: unknown) => {
      throw proxy === undefined ? cause : (refusalOf(proxy, cause) ?? cause);
    });
    if (proxy !== undefined && response.status === 407) throw refused(proxy, '407');
    return response;
  };
}

const refused = (proxy: ProxySetting, status: string) =>
  new TypeError('fetch failed', {
    cause: worldError(
      `The proxy ${proxy.shown} refuses the connection (HTTP ${status})`,
      status === '407'
        ? 'It requires a user and a password: http://<user>:<password>@<host>:<port>.'
        : 'Check its rules, or add the host to NO_PROXY.',
    ),
  });

/** Undefined if the proxy worked, and the server behind it failed. */
function refusalOf(proxy: ProxySetting, cause: unknown): Error | undefined {
  const chain = [...causes(cause)];
  const status = /Proxy response \((\d+)\) !== 200/.exec(chain.map(messageOf).join('\n'))?.[1];
  if (status !== undefined) return refused(proxy, status);
  const code = chain
    .map((each) => String((each as NodeJS.ErrnoException).code))
    .find((each) => /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOST|ENET)/.test(each));
  if (code === undefined) return undefined;
  return new TypeError('fetch failed', {
    cause: worldError(
      `The proxy ${proxy.shown} does not answer (${code})`,
      'Check the proxy variable and the network.',
    ),
  });
}

/** The error, its cause, and so on: undici gives the reason three levels deep. */
function* causes(error: unknown): Generator<Error> {
  let each = error;
  for (let depth = 0; depth < 8 && each instanceof Error; depth++) {
    yield each;
    each = each.cause;
  }
}
