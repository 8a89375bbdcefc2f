/**
 * The state of a unit in the image: enabled, disabled, masked. Nothing recorded it before the boot, and provisioning enables
 * units during the boot. So we read the links of /etc/systemd/system, which store enabling and masking: provisioning made a
 * link with a date in this boot, and the image contained any other.
 *
 *   now        its links                                    in the image
 *   enabled    one is older than this boot                  enabled
 *   enabled    all date from this boot                      disabled
 *   disabled   none, and no folder of links changed         disabled
 *   disabled   none, but a folder changed in this boot      unknown: something may have removed a link
 *   masked     the link to /dev/null is older               masked
 *   static     systemd cannot enable it                     static
 *
 * The clock link decides "during this boot", so a clock step does no harm. The state is also unknown if an image applies its
 * presets at its first boot: then systemd itself makes the links.
 */
import type { Collector } from '../model/collector.ts';
import { type Us, us } from '../model/units.ts';
import { journalOf } from './journal-lines.ts';
import { nothingYet } from './parsed.ts';
import { linesOf } from './reading/lines.ts';
import { unitsOf } from './systemd-units.ts';

const LINKS_PATH = 'systemd/unit-links.txt';
const FOLDER = '/etc/systemd/system';

/** Runs only if a scenario has an expectation of a unit in the image; the result needs the clock link, see `inImage`. */
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

/** The state, or why it is unknown. */
export type InImage = { readonly state: string } | { readonly unknown: string };

/** `madeInThisBoot` says whether the guest's clock showed a wall-clock time in this boot. */
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
