import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseAddress, printAddress } from '../../../src/providers/host/address.ts';
import { knownKeys } from '../../../src/providers/host/known-hosts.ts';

const KEY = 'AAAAC3NzaC1lZDI1NTE5AAAAIJ2fZ1c7rX0Zq1m0m0bq8kqk5p8p1F6c0b2eQ1l9V3aG';
const sha256 = createHash('sha256').update(Buffer.from(KEY, 'base64')).digest('base64').replace(/=+$/, '');
const ed25519 = [{ type: 'ssh-ed25519', sha256 }];
/** A name in the form of `ssh-keygen -H`. */
const hashed = (name: string) => {
  const salt = Buffer.from('0123456789abcdefghij');
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
};

describe('known_hosts', () => {
  test.each([
    ['a name', 'node1', 'node1', 22],
    ['one of several names', 'other,node1,10.0.0.5', '10.0.0.5', 22],
    ['a port', '[node1]:2222', 'node1', 2222],
    ['the usual port in brackets', '[node1]:22', 'node1', 22],
    ['a pattern', '*.lab.example,10.0.?.5', 'a.lab.example', 22],
    ['another case', 'Node1', 'node1', 22],
    ['a hashed name', hashed('node1'), 'node1', 22],
    ['a hashed name with its port', hashed('[node1]:2222'), 'node1', 2222],
  ])('recognises a machine by %s', (_, name, host, port) => {
    expect(knownKeys(`# comment\n\n${name} ssh-ed25519 ${KEY} me@desk\n`, host, port)).toEqual(ed25519);
  });

  test.each([
    ['another name', 'node2', 'node1', 22],
    ['another port', '[node1]:2222', 'node1', 22],
    ['no port where one is meant', 'node1', 'node1', 2222],
    ['a name that is only a part', 'node', 'node1', 22],
    ['a dot that is no pattern', 'a.b', 'axb', 22],
    ['a pattern that is negated', '*.lab,!node1.lab', 'node1.lab', 22],
    ['another hashed name', hashed('node2'), 'node1', 22],
  ])('does not mistake %s for it', (_, name, host, port) => {
    expect(knownKeys(`${name} ssh-ed25519 ${KEY}\n`, host, port)).toEqual([]);
  });

  test('gives every type of key, except revoked ones and those that only sign others', () => {
    const rsa = Buffer.from('rsa').toString('base64');
    const text = `node1 ssh-ed25519 ${KEY}\nnode1 ssh-rsa ${rsa}\n@cert-authority *.lab ssh-ed25519 ${KEY}\n@revoked * ssh-rsa ${rsa}\nbroken\n`;
    expect(knownKeys(text, 'node1', 22)).toEqual(ed25519);
    expect(knownKeys(text, 'a.lab', 22)).toEqual([]);
  });
});

describe('a machine as ssh names it', () => {
  test.each([
    ['node1', { user: 'root', host: 'node1', port: 22 }],
    ['admin@node1.lab:2222', { user: 'admin', host: 'node1.lab', port: 2222 }],
    ['admin@[fd00::1]:2222', { user: 'admin', host: 'fd00::1', port: 2222 }],
    ['fd00::1', { user: 'root', host: 'fd00::1', port: 22 }],
    ['10.0.0.5', { user: 'root', host: '10.0.0.5', port: 22 }],
  ])('%s', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
    expect(parseAddress(printAddress(address))).toEqual(address);
  });

  test.each(['', '@node1', 'node1:', 'node1:0', 'node1:70000', 'a b', '-oProxyCommand=x', 'root@-x', 'node1/x'])(
    'is not "%s"',
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );
});
