import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { askManager } from '../../src/collectors/systemd-bus.ts';

it('the program that queries the manager is one word of the shell, and its arguments are one word each', () => {
  const command = askManager(['kubelet.service', "it's"])
    .replace(/^perl /, 'printf "%s\\0" ')
    .replace(/ 2>.*$/, '');
  const [option, program, ...units] = execFileSync('sh', ['-c', command], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);
  expect(option).toBe('-e');
  expect(program).toMatch(/^\nuse strict;\n[^']*\n$/);
  expect(units).toEqual(['kubelet.service', "it's"]);
});
