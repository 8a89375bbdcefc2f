import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, test } from 'vitest';
import type { GateEffect, Profile } from '../../../src/model/profile.ts';
import type { Run } from '../../../src/model/run.ts';
import { renderProfileComment } from '../../../src/render/profile/comment.ts';
import { renderProfilePage } from '../../../src/render/profile/page.ts';
import { renderProfileTerminal } from '../../../src/render/profile/terminal.ts';
import { scenarioOf } from '../../../src/stages/derive/findings.ts';
import { profileOf } from '../../../src/stages/profile/derive.ts';
import type { Played } from '../../../src/stages/profile/played.ts';
import { schemaFiles } from '../../../src/stages/schemas.ts';
import { realProfile } from './real-profile.ts';

let run: Run;
let played: Played[];
let profile: Profile;
beforeAll(async () => {
  ({ run, played, profile } = await realProfile());
}, 60_000);

const at = (metric: string, item: string, from = profile): GateEffect => {
  const found = from.items
    .find((each) => each.item === item)
    ?.doses.find(({ action }) => action === 'sleep')
    ?.gates.find((gate) => gate.metric === metric);
  if (found === undefined) throw new Error(`${item} has no effect at ${metric}`);
  return found;
};
const seconds = (us: number | undefined): number => (us ?? Number.NaN) / 1_000_000;

describe('a profile of real boots', () => {
  test('has its noise from boots without an intervention', () => {
    const band = profile.nulls.find(({ metric }) => metric === 'node.ready');
    expect(band?.boots).toBeGreaterThanOrEqual(2);
    expect(seconds(band?.spreadUs)).toBeLessThanOrEqual(0.3);
  });

  test.each(['task:setContainerdUlimits', 'unit:containerd.service'])(
    '%s has the slack that the wait for the package lock leaves it, and disappears there',
    (item) => {
      const effect = at('node.ready', item);
      expect(seconds(effect.slack?.us)).toBeGreaterThan(1.2);
      expect(seconds(effect.slack?.us)).toBeLessThan(1.7);
      expect(effect.absorbedBy[0]).toMatchObject({
        item: 'wait:package lock (background-update.service)',
        during: 'task:cleanUpGPUDrivers',
      });
      expect(effect.onPathUs).toBe(0);
    },
  );

  test('the holder of the lock decides, though no ordering points to it', () => {
    const effect = at('node.ready', 'unit:background-update.service');
    expect(effect.share.estimate).toBeGreaterThanOrEqual(0.8);
    expect([effect.effect, effect.onPathByLock]).toEqual(['arrives', true]);
    expect(effect.arrivesThrough[0]).toMatchObject({ during: 'task:cleanUpGPUDrivers' });
    const words = 'not on the path by ordering alone: the lock that it holds puts it there';
    expect(renderProfileTerminal(profile, { color: false, width: 240 })).toContain(words);
  });

  test('what only the default target waits for arrives there, and not at node ready', () => {
    expect(at('boot.target', 'unit:ssh.service').share.estimate).toBeGreaterThan(0.8);
    expect(at('node.ready', 'unit:ssh.service').effect).toBe('absorbed');
  });

  test('a unit that starts twice takes its dose at each start, and the share refers to the delivered amount', () => {
    const [dose] = profile.items.find(({ item }) => item === 'unit:containerd.service')?.doses ?? [];
    expect(dose?.times).toBe(2);
    expect(seconds(dose?.deliveredUs)).toBeCloseTo(4, 1);
  });

  test('what works beside kubelet gets in the way: later is faster', () => {
    const effect = at('node.ready', 'task:configureNodeExporter');
    expect([effect.effect, effect.slack, effect.onPathUs]).toEqual(['in-the-way', undefined, 0]);
    expect(seconds(effect.shift.estimate)).toBeLessThan(-1.2);
    expect(seconds(effect.shift.estimate)).toBeGreaterThan(-1.8);
    expect(profile.opportunities.some(({ label }) => label.startsWith('start later: configureNodeExporter'))).toBe(
      true,
    );
  });

  test('an item outside the boot receives no dose, and has neither share nor slack', () => {
    const [dose] = profile.items.find(({ item }) => item === 'unit:no-such.service')?.doses ?? [];
    expect(dose).toMatchObject({ outcome: 'not-delivered', gates: [], times: 0 });
  });

  test('critical path and experiment agree on all items but two at most', () => {
    const { agree, items } = profile.agreement;
    expect(items).toBeGreaterThanOrEqual(9);
    expect(items - agree).toBeLessThanOrEqual(2);
  });

  test('in wall time each share has its interval in terminal, page and comment; in virtual time the noise gives it', async () => {
    const boots = ['0001-before', '0002-before'];
    const items = profile.items.map((item) => ({ ...item, doses: item.doses.map((dose) => ({ ...dose, boots })) }));
    const texts = async (shown: Profile) => [
      renderProfileTerminal(shown, { color: false, width: 240 }),
      await renderProfilePage(shown),
      renderProfileComment(shown),
    ];
    const interval = /\d %\s\(−?\d+ to \d+ %\)/;
    for (const text of await texts({ ...profile, timing: 'wall', items })) expect(text).toMatch(interval);
    for (const text of await texts(profile)) expect(text).not.toMatch(interval);
    expect((await texts({ ...profile, items }))[1]).toContain('Several boots per item started that item later');
    expect((await texts(profile))[1]).toContain('One boot per item started that item later');
  });

  test('a broken boot has no share, and names the expectation it broke', () => {
    const broken = played.map(({ outcome, record }) =>
      outcome.trial?.label.includes('setContainerdUlimits') && outcome.trial.purpose === 'dose'
        ? { outcome, record: { ...record, broken: ['kubelet.service is active: it is failed'] } }
        : { outcome, record },
    );
    const again = profileOf({ run, scenario: scenarioOf(run), played: broken });
    const [dose] = again.items.find(({ item }) => item === 'task:setContainerdUlimits')?.doses ?? [];
    expect(dose).toMatchObject({ outcome: 'broken', gates: [], message: 'kubelet.service is active: it is failed' });
    expect(again.boots.broken).toBe(1);
  });

  test('a boot whose interventions broke it is no null', () => {
    const none = played.map(({ outcome, record }) => ({ outcome, record: { ...record, broken: ['x'] } }));
    const again = profileOf({ run, scenario: scenarioOf(run), played: none });
    expect([again.nulls, again.warnings[0]]).toEqual([[], 'no sound boot without an intervention: no result']);
  });

  test('fits the published schema, by an independent validator', () => {
    const schema: unknown = JSON.parse(schemaFiles().get('profile.schema.json') ?? '{}');
    const validate = new Ajv2020({ allErrors: true, strict: false }).compile(schema as object);
    expect([validate(JSON.parse(JSON.stringify(profile))), validate.errors]).toEqual([true, null]);
    expect(validate({ ...profile, agreement: undefined })).toBe(false);
  });

  test('is the same at every derivation', () => {
    expect(profileOf({ run, scenario: scenarioOf(run), played })).toEqual(profile);
  });
});

describe('the text of a profile', () => {
  test('in a terminal: every item, what arrives, what is in the way, on lines that fit', () => {
    const text = renderProfileTerminal(profile, { color: false, width: 100 });
    expect(text).toMatch(/configureNodeExporter .*−1\.\d\d s/);
    expect(text).toContain('in the way');
    expect(text).toContain('it was not delayed');
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  test('on a page: one bar per item, noise behind it, no external resources', async () => {
    const page = await renderProfilePage(profile);
    expect(page.match(/<svg class="dose"/g)?.length).toBeGreaterThanOrEqual(profile.nulls.length * 9);
    expect(page).toContain('class="noise"');
    expect(page).not.toMatch(/(?:src|href)="https?:/);
  });

  test('in a comment: the opportunities first, its own marker, no verdict', () => {
    const comment = renderProfileComment(profile);
    expect(comment.split('\n')[0]).toBe('<!-- bench:profile-local-deferral-before -->');
    expect(comment).toContain('1. ');
    expect(comment).not.toMatch(/slower|faster than|FAIL/);
  });

  test('names of a machine reach neither page nor comment as markup', async () => {
    const [first, ...others] = profile.items;
    if (first === undefined) throw new Error('no items');
    const hostile = {
      ...profile,
      items: [{ ...first, item: 'unit:<img src=x onerror=alert(1)>|`.service' }, ...others],
    };
    expect(await renderProfilePage(hostile)).not.toContain('<img');
    expect(renderProfileComment(hostile)).not.toMatch(/[^`]<img/);
  });
});
