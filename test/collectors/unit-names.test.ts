import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparableName } from '../../src/collectors/unit-names.ts';

describe('comparable names', () => {
  it.each([
    [
      'dev-disk-by\\x2duuid-2c8a1f00\\x2d1234\\x2d4abc\\x2d8def\\x2d0123456789ab.device',
      'dev-disk-by\\x2duuid-UUID.device',
    ],
    ['dev-disk-by\\x2duuid-7C2A\\x2d1B9F.device', 'dev-disk-by\\x2duuid-UUID.device'],
    ['snap-core20-1974.mount', 'snap-core20-REVISION.mount'],
    ['snap-snapd-x1.mount', 'snap-snapd-REVISION.mount'],
    [
      'systemd-fsck@dev-disk-by\\x2dpartuuid-0b5d2f5e\\x2d01.service',
      'systemd-fsck@dev-disk-by\\x2dpartuuid-0b5d2f5e\\x2d01.service',
    ],
    ['containerd.service', 'containerd.service'],
  ])('%s becomes %s', (name, expected) => expect(comparableName(name)).toBe(expected));

  it('do not change if they are comparable already', () => {
    fc.assert(fc.property(fc.string(), (name) => comparableName(comparableName(name)) === comparableName(name)));
  });
});
