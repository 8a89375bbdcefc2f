/**
 * How the image had a unit: enabled, disabled, masked. No user wrote it down before the boot, and provisioning enables units
 * during it, so it is read from the links of /etc/systemd/system, which is where enabling and masking are kept: a link that
 * was made during this boot is provisioning's, any other is the image's.
 *
 *   now        its links                                    in the image
 *   enabled    one that is older than this boot             enabled
 *   enabled    all made during this boot                    disabled
 *   disabled   none, and no folder of links was changed     disabled
 *   disabled   none, but a folder was changed in this boot  not known: a link may have been taken away
 *   masked     the link to /dev/null is older               masked
 *   static     it cannot be enabled                         static
 *
 * "During this boot" is computed with the clock link, so a clock that stepped is no trouble. An image whose presets are applied at
 * its first boot is not known either: systemd itself makes the links then.
 */
import type { Collector } from '../model/collector.ts';
import { type Us, us } from '../model/units.ts';
import { journalOf } from './journal-lines.ts';
import { nothingYet } from './parsed.ts';
import { linesOf } from './reading/lines.ts';
import { unitsOf } from './systemd-units.ts';

const LINKS_PATH = 'systemd/unit-links.txt';
const FOLDER = '/etc/systemd/system';

/** Asked only where a scenario expects something of a unit in the image; the answer needs the clock link, see `inImage`. */
export const unitLinks: Collector = {
  id: 'unit-links',
  signs: [{ raw: LINKS_PATH, names: ['unit-links.txt'] }],
  artifacts: [
    {
      path: LINKS_PATH,
      command: `find ${FOLDER} -maxdepth 2 '(' -type l -o -type d ')' -printf '%T@ %y %p -> %l\\n'`,
      maxBytes: 1024 * 1024,
    },
  ],
  parse: nothingYet,
};

/** The state, or why it is not known. */
export type InImage = { readonly state: string } | { readonly unknown: string };

/** `madeInThisBoot` says of a wall-clock time whether the guest's clock showed it in this boot. */
export function inImage(
  unit: string,
  raw: ReadonlyMap<string, Uint8Array>,
  madeInThisBoot: ((realtimeUs: Us) => boolean) | undefined,
): InImage {
  const found = unitsOf(raw).units.find(({ name }) => name === unit);
  const now = found?.state.enabled ?? '';
  if (found === undefined || now === '') return { unknown: 'systemd does not list it' };
  if (now === 'static') return { state: 'static' };
  if (!raw.has(LINKS_PATH)) return { unknown: `raw/${LINKS_PATH} was not collected` };
  if (madeInThisBoot === undefined) return { unknown: 'without a clock link, bench cannot date a symbolic link' };
  if (journalOf(raw).lines.some(({ message }) => /^Populated \/etc with preset unit settings/.test(message)))
    return { unknown: 'the first boot of a system applies presets' };
  return dated(now, [unit, ...found.aliases], readLinks(raw), madeInThisBoot);
}

interface Entry {
  readonly isFolder: boolean;
  readonly path: string;
  readonly target: string;
  readonly madeUs: Us;
}

function readLinks(raw: ReadonlyMap<string, Uint8Array>): Entry[] {
  const entries: Entry[] = [];
  for (const { text } of linesOf(raw.get(LINKS_PATH))) {
    const [, seconds, type, path, target] = /^(\d{1,12}(?:\.\d{1,10})?) ([ld]) (\S+) -> (.*)$/.exec(text) ?? [];
    if (seconds === undefined || path === undefined) continue;
    entries.push({ isFolder: type === 'd', path, target: target ?? '', madeUs: us(Math.round(Number(seconds) * 1e6)) });
  }
  return entries;
}

function dated(
  now: string,
  names: readonly string[],
  entries: readonly Entry[],
  madeInThisBoot: (realtimeUs: Us) => boolean,
): InImage {
  const own = entries.filter(
    ({ isFolder, path }) => !isFolder && names.includes(path.slice(path.lastIndexOf('/') + 1)),
  );
  const masks = own.filter(({ target }) => target === '/dev/null');
  if (now === 'masked') {
    const old = masks.some(({ madeUs }) => !madeInThisBoot(madeUs));
    return old ? { state: 'masked' } : { unknown: 'it was masked during this boot' };
  }
  const wanted = own.filter(({ path }) => /\.(?:wants|requires|upholds)\/[^/]+$/.test(path));
  if (now === 'enabled') {
    if (wanted.length === 0) return { unknown: `something other than a link under ${FOLDER} enables it` };
    return { state: wanted.every(({ madeUs }) => madeInThisBoot(madeUs)) ? 'disabled' : 'enabled' };
  }
  if (now !== 'disabled') return { unknown: `it is ${now} now` };
  const changed = entries.find(({ isFolder, madeUs }) => isFolder && madeInThisBoot(madeUs));
  if (changed === undefined) return { state: 'disabled' };
  return { unknown: `it is disabled now, and ${changed.path} was changed during this boot` };
}
