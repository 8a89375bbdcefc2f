/** Turns the files of the script's answer (`script.ts` names them) back into artifacts under the requested paths. */
import type { Artifact, ArtifactRequest } from '../model/collector.ts';
import { firstLine } from '../model/printable.ts';
import type { Warning } from '../model/timeline.ts';
import { type ArchiveEntry, type ArchiveLimits, readArchiveBytes } from './archive.ts';
import { blocks, ERROR_BYTES, MAX_FOLDER_FILES } from './script.ts';

export interface Answer {
  readonly artifacts: readonly Artifact[];
  /** What systemd reported about the boot; empty if nothing. */
  readonly systemState: string;
  /** The command that waits for the machine to be ready ended well. */
  readonly ready: boolean;
  readonly warnings: readonly Warning[];
}

type Request = ArtifactRequest & { readonly collector: string };

/** The files that may come for these requests, with their caps; a cut file comes a little longer than its cap. */
export function answerLimits(requests: readonly Request[], totalBytes: number): ArchiveLimits {
  return {
    totalBytes,
    entries: 2 * requests.length + 2,
    otherwise: 'refuse',
    entryBytes: (name) => {
      if (name === 'status') return 1024 + requests.length * 16;
      if (name === 'boot') return 1024;
      const [, error, digits] = /^(e?)(0|[1-9]\d{0,5})$/.exec(name) ?? [];
      const request = digits === undefined ? undefined : requests[Number(digits)];
      if (request === undefined) return undefined;
      return error === 'e' ? ERROR_BYTES : blocks(request.maxBytes) * 1024;
    },
  };
}

export async function readAnswer(requests: readonly Request[], entries: readonly ArchiveEntry[]): Promise<Answer> {
  const files = new Map(entries.map(({ name, bytes }) => [name, bytes]));
  const text = (name: string) => new TextDecoder().decode(files.get(name));
  const codes = exitCodes(text('status'));
  const artifacts: Artifact[] = [];
  const warnings: Warning[] = [];
  for (const [number, request] of requests.entries()) {
    const exitCode = codes.get(number) ?? null;
    const bytes = files.get(String(number)) ?? new Uint8Array();
    const said = firstLine(text(`e${number}`));
    if (commandFailed(exitCode, bytes)) warnings.push(failedCommand(request, exitCode, said));
    if (request.path.endsWith('/')) {
      const folder = await readFolder(request, bytes);
      artifacts.push(...folder.files.map((file) => ({ ...artifactOf(request, exitCode), ...file })));
      warnings.push(...folder.warnings);
    } else {
      // A killed command might have printed more.
      const truncated = bytes.length > request.maxBytes || exitCode === null;
      artifacts.push({ ...artifactOf(request, exitCode), truncated, bytes: bytes.subarray(0, request.maxBytes) });
    }
  }
  const [, ready, state = ''] = /^(ready\n)?([\s\S]*)/.exec(text('boot')) ?? [];
  return { artifacts, systemState: firstLine(state, 40), ready: ready !== undefined, warnings };
}

const artifactOf = ({ path, collector, command }: Request, exitCode: number | null) => ({
  path,
  collector,
  command,
  exitCode,
});

function exitCodes(status: string): Map<number, number | null> {
  const codes = new Map<number, number | null>();
  for (const [, number, code] of status.matchAll(/^(\d{1,6}) (\d{1,3}|-)$/gm)) {
    codes.set(Number(number), code === '-' ? null : Number(code));
  }
  return codes;
}

/** Exit codes from here on are the shell's: it could not run the command, or a signal ended it. */
const SHELL_CODES = 126;

/**
 * A command that failed and printed nothing asked for something that this machine does not have. The index reports its exit code,
 * and the collectors know whether it matters.
 */
const commandFailed = (exitCode: number | null, bytes: Uint8Array): boolean =>
  exitCode === null || exitCode >= SHELL_CODES || (exitCode !== 0 && bytes.length > 0);

function failedCommand({ path, command }: Request, exitCode: number | null, said: string): Warning {
  const how = exitCode === null ? 'did not end and was killed' : `ended with exit code ${exitCode}`;
  return {
    code: 'artifact-command',
    message: `raw/${path}: \`${firstLine(command, 80)}\` ${how}${said && `: ${said}`}`,
  };
}

interface Folder {
  readonly files: readonly { readonly path: string; readonly truncated: boolean; readonly bytes: Uint8Array }[];
  readonly warnings: readonly Warning[];
}

/** The cap of a folder applies to the tar of its files, in which each takes up to 1023 bytes more than its size. */
async function readFolder({ path, maxBytes }: Request, bytes: Uint8Array): Promise<Folder> {
  const { entries, passedOver } = await readArchiveBytes(bytes.subarray(0, maxBytes), {
    // All bytes are here; a file that claims to be longer is the one that the cut hit.
    totalBytes: Number.POSITIVE_INFINITY,
    entries: MAX_FOLDER_FILES,
    otherwise: 'pass-over',
    entryBytes: () => Number.POSITIVE_INFINITY,
  });
  const names = uniqueNames(entries.map(({ name }) => name));
  const warnings: Warning[] = [];
  if (bytes.length > maxBytes) {
    warnings.push({ code: 'artifact-limit', message: `raw/${path}: its files were truncated to ${maxBytes} bytes` });
  }
  if (passedOver > 0) {
    warnings.push({
      code: 'artifact-skipped',
      message: `raw/${path}: ${passedOver} of its files were skipped: links, special files, or too many`,
    });
  }
  return {
    files: entries.map((entry, index) => ({
      path: `${path}${names[index]}`,
      truncated: entry.cut,
      bytes: entry.bytes,
    })),
    warnings,
  };
}

/** The last part of each name, made fit for any file system; the second of two equal ones becomes `2~name`. */
export function uniqueNames(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return names.map((name) => {
    const last = name.split('/').at(-1) ?? '';
    // No `~`: then no name from a machine equals one with a number in front.
    const plain = last
      .replaceAll(/[^\w.@+=,%-]/g, '_')
      .replace(/^\.{0,2}$/, '_')
      .slice(-150);
    const count = (counts.get(plain.toLowerCase()) ?? 0) + 1;
    counts.set(plain.toLowerCase(), count);
    return count === 1 ? plain : `${count}~${plain}`;
  });
}
