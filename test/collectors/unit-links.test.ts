import { describe, expect, it } from 'vitest';
import { inImage } from '../../src/collectors/unit-links.ts';
import { rawOf } from './raw.ts';

const BOOT = 1_785_568_416;
const IMAGE = BOOT - 86_400;
const duringBoot = (realtimeUs: number) => realtimeUs >= BOOT * 1e6;
const WANTS = '/etc/systemd/system/multi-user.target.wants';

const raw = (state: string, links: readonly string[], journal = '') =>
  rawOf({
    'systemd/units.show': `Id=containerd.service\nNames=containerd.service\nUnitFileState=${state}\n`,
    'systemd/unit-links.txt': links.map((link) => `${link}\n`).join(''),
    'journal/boot.jsonl': journal,
  });
const ask = (files: Map<string, Uint8Array>) => inImage('containerd.service', files, duringBoot);
const folder = (at: number) => `${at}.5000000000 d ${WANTS} -> `;
const link = (at: number, name = 'containerd.service') =>
  `${at}.0000000000 l ${WANTS}/${name} -> /usr/lib/systemd/system/${name}`;

describe('the state of a unit in the image', () => {
  it('is enabled if its link is older than the boot', () => {
    expect(ask(raw('enabled', [folder(BOOT), link(IMAGE)]))).toEqual({ state: 'enabled' });
  });

  it('is disabled if its link dates from the boot', () => {
    expect(ask(raw('enabled', [folder(BOOT + 9), link(BOOT + 9), link(IMAGE, 'ssh.service')]))).toEqual({
      state: 'disabled',
    });
  });

  it('is disabled if it has no link and no folder of links changed', () => {
    expect(ask(raw('disabled', [folder(IMAGE), link(IMAGE, 'ssh.service')]))).toEqual({ state: 'disabled' });
  });

  it('is unknown if something may have removed a link during the boot', () => {
    expect(ask(raw('disabled', [folder(BOOT + 9)]))).toEqual({
      unknown: `it is disabled now, and ${WANTS} was changed during this boot`,
    });
  });

  it('is masked if the link to /dev/null is older than the boot', () => {
    const mask = (at: number) => `${at}.0 l /etc/systemd/system/containerd.service -> /dev/null`;
    expect(ask(raw('masked', [mask(IMAGE)]))).toEqual({ state: 'masked' });
    expect(ask(raw('masked', [mask(BOOT + 1)]))).toEqual({ unknown: 'it was masked during this boot' });
  });

  it('is unknown if systemd applied presets at first boot', () => {
    const message = 'Populated /etc with preset unit settings.';
    const journal = JSON.stringify({ __REALTIME_TIMESTAMP: '2', __MONOTONIC_TIMESTAMP: '1', MESSAGE: message });
    expect(ask(raw('enabled', [link(BOOT + 1)], journal))).toMatchObject({
      unknown: expect.stringContaining('first boot'),
    });
  });

  it('is unknown without dates, links or the unit', () => {
    expect(inImage('containerd.service', raw('enabled', [link(IMAGE)]), undefined)).toHaveProperty('unknown');
    expect(inImage('other.service', raw('enabled', [link(IMAGE)]), duringBoot)).toHaveProperty('unknown');
    expect(ask(raw('static', []))).toEqual({ state: 'static' });
  });
});
