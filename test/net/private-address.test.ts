import { describe, expect, test } from 'vitest';
import { isMetadataName, isPrivateAddress } from '../../src/net/private-address.ts';

describe('an address that answers only this computer', () => {
  test.each([
    '169.254.169.254',
    '169.254.0.1',
    '168.63.129.16',
    '100.100.100.200',
    '192.0.0.192',
    '0.0.0.0',
    'fe80::1',
    'fe80::1%eth0',
    'febf::1',
    '::',
    'fd00:ec2::254',
    'fd20:ce::254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '::169.254.169.254',
    '::ffff:0:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    '::ffff:168.63.129.16',
  ])('%s', (address) => expect(isPrivateAddress(address)).toBe(true));

  test.each([
    '127.0.0.1',
    '::1',
    '10.0.0.1',
    '192.168.1.1',
    '203.0.113.4',
    '2001:db8::1',
    '::ffff:127.0.0.1',
    'fd00::1',
    'x',
  ])('is not %s', (address) => expect(isPrivateAddress(address)).toBe(false));

  test.each(['metadata', 'metadata.google.internal', 'METADATA.GOOG.', 'instance-data', 'instance-data.ec2.internal'])(
    'the name %s is one',
    (name) => expect(isMetadataName(name)).toBe(true),
  );

  test('similar names are not', () =>
    expect(['metadata.example.org', 'my-metadata', 'metadata-mirror.local'].filter(isMetadataName)).toEqual([]));
});
