import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ms } from '../../src/model/units.ts';
import { timeLimit } from '../../src/net/time-limit.ts';

test('a limit ends the wait with a TimeoutError', async () => {
  const limit = timeLimit(ms(10));
  await once(limit, 'abort');
  expect(limit.reason).toMatchObject({ name: 'TimeoutError' });
});

test('a limit joined with another signal survives a garbage collection', () => {
  // With `AbortSignal.timeout`, Node 20 collects the signal here, and the program prints "forgotten".
  const program = `
    import { once, EventEmitter } from 'node:events';
    import { timeLimit } from ${JSON.stringify(path.resolve('src/net/time-limit.ts'))};
    const joined = () => AbortSignal.any([new AbortController().signal, timeLimit(200)]);
    const tidy = setInterval(() => globalThis.gc(), 20);
    const waiting = once(new EventEmitter(), 'never', { signal: joined() }).catch(({ name }) => name);
    console.log(await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 5000, 'forgotten'))]));
    process.exit();`;
  const bundle = { cwd: path.resolve('.'), input: program, encoding: 'utf8' } as const;
  const esbuild = ['node_modules/.bin/esbuild', '--bundle', '--platform=node', '--format=esm', '--log-level=error'];
  const [command = '', ...args] = esbuild;
  const code = execFileSync(command, args, bundle);
  const node = ['--expose-gc', '--input-type=module'];
  expect(execFileSync(process.execPath, node, { input: code, encoding: 'utf8' }).trim()).toBe('AbortError');
});
