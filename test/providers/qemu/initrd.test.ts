import { expect, test } from 'vitest';
import { imageInitrd, withoutSignature } from '../../../src/providers/qemu/initrd.ts';

const MARK = '~Module signature appended~\n';

/** A module as sign-file leaves it: content, signature, its description, the mark. */
function signed(content: string, signature: string): Buffer {
  const description = Buffer.alloc(12);
  description[2] = 2;
  description.writeUInt32BE(signature.length, 8);
  return Buffer.concat([Buffer.from(content + signature, 'latin1'), description, Buffer.from(MARK, 'latin1')]);
}

test('bench cuts the signature from a module, and nothing else', () => {
  expect(Buffer.from(withoutSignature(signed('\x7fELF module', 'signature'))).toString('latin1')).toBe(
    '\x7fELF module',
  );
  const plain = Buffer.from('\x7fELF module', 'latin1');
  expect(withoutSignature(plain)).toBe(plain);
  expect(withoutSignature(Buffer.from(MARK, 'latin1')).length).toBe(MARK.length);
});

test('names of modules make the shell load them in their order', () => {
  const module = (file: string) => ({ file, content: Buffer.from('x') });
  const initrd = imageInitrd(Buffer.from('busybox'), [module('kernel/z/first.ko'), module('kernel/a/second.ko')]);
  const text = initrd.toString('latin1');
  expect(text.indexOf('modules/00-first.ko')).toBeGreaterThan(0);
  expect(text.indexOf('modules/01-second.ko')).toBeGreaterThan(text.indexOf('modules/00-first.ko'));
  expect(text).toContain('for module in /modules/*.ko');
});
