/**
 * Chooses the apt sources of an image build. On Debian it copies the sources of this machine's apt, with the wanted release in
 * place of the installed one, and so uses the same mirrors and proxies. Elsewhere mmdebstrap uses its defaults.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { ms } from '../../model/units.ts';
import { run } from './command.ts';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

export interface AptSetup {
  /** One-line entries for `sources.list`; empty if this is not Debian: mmdebstrap knows the public mirrors. */
  readonly sources: string;
  /** Settings for `apt.conf`: proxies and checks of this machine. */
  readonly configuration: string;
}

export async function aptSetup(release: string, signal: AbortSignal): Promise<AptSetup> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const host = /^ID=debian$/m.test(text) ? /^VERSION_CODENAME=(\w+)$/m.exec(text)?.[1] : undefined;
  const own = host === undefined ? [] : aptEntries(await hostSourceFiles(), host, release);
  const dump = await run(['apt-config', 'dump'], { timeoutMs: ms(10_000) }, signal).catch(() => undefined);
  return {
    sources: own.map((entry) => `${entry}\n`).join(''),
    configuration: keptSettings(dump?.stdout ?? ''),
  };
}

async function hostSourceFiles(): Promise<readonly { readonly name: string; readonly text: string }[]> {
  const folder = '/etc/apt/sources.list.d';
  const names = (await readdir(folder).catch(() => [])).sort().map((name) => path.join(folder, name));
  const files = ['/etc/apt/sources.list', ...names].filter((name) => /\.(list|sources)$/.test(name));
  const texts = await Promise.all(files.map((name) => readFile(name, 'utf8').catch(() => '')));
  return files.map((name, index) => ({ name, text: texts[index] ?? '' }));
}

/** Reads `.list` and `.sources` files. Keeps the entries of the host's release, `main` only, and changes them to the wanted release. */
export function aptEntries(
  files: readonly { readonly name: string; readonly text: string }[],
  host: string,
  release: string,
): readonly string[] {
  const entries = files.flatMap(({ name, text }) => (name.endsWith('.sources') ? deb822(text) : oneLine(text)));
  const moved = entries.flatMap(({ uri, suite, components }) => {
    const rest = suite === host ? '' : suite.startsWith(`${host}-`) ? suite.slice(host.length) : undefined;
    const wanted = rest !== undefined && /^(|-updates|-security)$/.test(rest) && components.includes('main');
    return wanted ? [`deb [signed-by=${KEYRING}] ${uri} ${release}${rest} main`] : [];
  });
  return [...new Set(moved)];
}

interface Entry {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
}

function deb822(text: string): readonly Entry[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name: string): readonly string[] =>
      (new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(stanza)?.[1] ?? '').split(/\s+/).filter(Boolean);
    if (!field('Types').includes('deb') || field('Enabled')[0] === 'no') return [];
    const components = field('Components');
    return field('URIs').flatMap((uri) => field('Suites').map((suite) => ({ uri, suite, components })));
  });
}

function oneLine(text: string): readonly Entry[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line);
    if (!match) return [];
    return [{ uri: match[1] ?? '', suite: match[2] ?? '', components: (match[3] ?? '').split(/\s+/).filter(Boolean) }];
  });
}

/** Keeps only the settings that apt needs to reach a mirror and accept its files; the rest concerns the host alone. */
export function keptSettings(dump: string): string {
  const kept = /^Acquire::(https?::(Proxy|Verify-Peer|CaInfo)|Check-Valid-Until|Check-Date|Retries)\b.* ".*";$/i;
  const lines = dump.split('\n').filter((line) => kept.test(line));
  return ['Acquire::Languages "none";', 'Acquire::Retries "3";', ...lines, ''].join('\n');
}
