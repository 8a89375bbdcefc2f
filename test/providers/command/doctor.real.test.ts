import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command } from '../../../src/providers/command/kind.ts';
import { CommandScenario } from '../../../src/providers/command/scenario.ts';
import { realTimer as timer } from '../../support/timer.ts';
import { type Cloud, newCloud, scenarioText } from './cloud.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await newCloud();
});
afterAll(() => cloud.close());

async function examine(fault: string, provider: object = {}) {
  const text = scenarioText(fault, 1);
  const scenario = CommandScenario.parse({ ...text, provider: { ...text.provider, ...provider } });
  const folder = path.join(cloud.folder, '..');
  const place = { environment: cloud.environment, scenarioFolder: folder, cacheFolder: folder, timer };
  const signal = new AbortController().signal;
  return (await command.examine?.(scenario, 1, { ...place, signal, nowIso: '2026-01-01T00:00:00Z' })) ?? [];
}

describe('bench doctor, of three programs', () => {
  test('finds them, asks list for existing machines, and makes nothing', async () => {
    expect((await examine('')).map(({ check, state }) => [check, state])).toEqual([
      ['create', 'ok'],
      ['destroy', 'ok'],
      ['list', 'ok'],
      ['list answers', 'ok'],
    ]);
    expect((await examine('')).at(-1)?.says).toBe('no machines of bench');
    cloud.plant({ name: 'bench-12345678-0001-before', run: 'killed' });
    expect((await examine('')).at(-1)?.says).toMatch(/^1 machines of bench exist: bench gc/);
    expect(() => cloud.asked('create')).toThrow('ENOENT');
    expect(() => cloud.asked('destroy')).toThrow('ENOENT');
  });

  test.each([
    ['list-fails', /exit code 7: no quota for \[redacted\]: password=\[redacted\]/],
    ['list-garbage', /printed no JSON document/],
    ['list-hangs', /took longer than 2 s and was stopped/],
  ])('reports for %s what the program did, and what to do', async (fault, says) => {
    const answer = (await examine(fault)).at(-1);
    expect(answer).toMatchObject({ check: 'list answers', state: 'missing', says: expect.stringMatching(says) });
    expect(answer?.todo).toBeTruthy();
  });

  test('names the missing one, and asks the others nothing', async () => {
    const found = await examine('', { destroy: './destroy.sh' });
    expect(found.map(({ check, state }) => [check, state])).toEqual([
      ['create', 'ok'],
      ['destroy', 'missing'],
      ['list', 'ok'],
    ]);
    expect(found[1]).toMatchObject({
      says: expect.stringMatching(/there is no file .*destroy\.sh/),
      todo: expect.any(String),
    });
  });
});
