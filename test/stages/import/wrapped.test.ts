import { describe, expect, it } from 'vitest';
import { unwrapped } from '../../../src/collectors/reading/unwrap.ts';
import { importBoots } from '../../../src/stages/import/boots.ts';

const SUMMARY = 'Startup finished in 2.341s (kernel) + 1.085s (userspace) = 3.426s';
const SHOW = 'UserspaceTimestampMonotonic=8044932\nFinishTimestampMonotonic=9044932\nKernelTimestampMonotonic=0\n';
const part = (encoding: string, body: string) =>
  `--=_b1\nContent-Type: text/plain\nContent-Transfer-Encoding: ${encoding}\n\n${body}\n`;
const mail = (...parts: string[]) => `Content-Type: multipart/mixed; boundary="=_b1"\n\n${parts.join('')}--=_b1--\n`;
const base64 = (text: string) => Buffer.from(text).toString('base64');
const readIn = (text: string) => {
  const { boots } = importBoots([{ path: 'x/mail.txt', bytes: new TextEncoder().encode(text) }]);
  return Object.fromEntries(
    [...(boots[0]?.artifacts ?? [])].map(([raw, { bytes }]) => [raw, new TextDecoder().decode(bytes)]),
  );
};

describe('a mail', () => {
  it('has an encoding for each of its parts, up to the boundary', () => {
    const text = mail(
      part('quoted-printable', 'On my machine=\n 1+1=3D2'),
      part('7bit', 'a=3Db'),
      part('base64', base64(`$ systemd-analyze\n${SUMMARY}\n`)),
    );
    const bare = unwrapped(text);
    expect(bare).toContain('On my machine 1+1=2');
    expect(bare).toContain('a=3Db');
    expect(bare).toContain(SUMMARY);
  });

  it('loses its encoding once, however many levels of escapes come off after it', () => {
    const inner = JSON.stringify({ message: SHOW })
      .replaceAll('=', '=3D')
      .replace(/(.{70})/g, '$1=\n');
    const { 'systemd/manager.show': show } = readIn(`Content-Transfer-Encoding: quoted-printable\n\n${inner}`);
    expect(show).toContain('UserspaceTimestampMonotonic=8044932');
  });

  it('without its header counts as one only where all of it has an encoding', () => {
    const coded = `systemd-analyze says=\n that KernelTimestamp=3D0 on this machine`;
    expect(unwrapped(coded)).toBe('systemd-analyze says that KernelTimestamp=0 on this machine');
    // One line that ends in an equals sign, and one that looks like a code by chance, beside values of a machine.
    const shown = `${SHOW}Description==3D\nDocumentation=\n`;
    expect(unwrapped(shown)).toBe(shown);
  });
});
