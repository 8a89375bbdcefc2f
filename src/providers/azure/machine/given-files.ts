/**
 * Files that an Azure machine finds under /run on its first boot, although no image contains them. A boothook writes them, which
 * cloud-init runs before anything else in its custom data. Units that start before cloud-init's network stage do not see them.
 *
 *   custom data   none, or the node's own  ->  a boothook, or a multipart of boothook and the node's own
 *   command       ...                      ->  export BASH_ENV=<file>; ...
 *
 * Sources: cloud-init's user data formats (boothook, MIME archive, gzip); limit of `osProfile.customData` in the Compute
 * specification.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { usageError } from '../../../model/errors.ts';
import type { BootRequest, GivenFile } from '../../../model/provider.ts';
import { quote } from '../../../model/shell-program.ts';
import type { BootstrapData } from './bootstrap.ts';

/** Azure's limit for the decoded data. */
const CUSTOM_DATA_LIMIT_BYTES = 65_535;
/** No sensible data unpacks to more. */
const UNPACKED_LIMIT_BYTES = 16 * 2 ** 20;
const BOUNDARY = '==bench-trial==';

/** Adds the files of this boot to the data in the machine's request. */
export function withGivenFiles(
  data: BootstrapData,
  { files = [], bashEnv }: Pick<BootRequest, 'files' | 'bashEnv'>,
): BootstrapData {
  if (files.length === 0) return data;
  const { command } = data;
  return {
    ...data,
    customData: withBoothook(data.customData, boothook(files)),
    ...(command !== undefined && bashEnv !== undefined && { command: `export BASH_ENV=${quote(bashEnv)}; ${command}` }),
  };
}

/** Whether the machine would run a boothook. Ignition reads only its own JSON. */
export const takesBoothook = ({ customData }: BootstrapData): boolean =>
  customData === undefined || !unpacked(customData).toString('latin1').trimStart().startsWith('{');

function boothook(files: readonly GivenFile[]): string {
  const folders = [...new Set(files.map(({ path }) => folderOf(path)))];
  // systemd read the units that want these before the links existed.
  const wanted = files.flatMap(({ kind, path }) => (kind === 'link' ? path.slice(path.lastIndexOf('/') + 1) : []));
  return [
    '#cloud-boothook',
    '#!/bin/sh',
    'set -e',
    `mkdir -p ${folders.map(quote).join(' ')}`,
    ...files.map(write),
    'systemctl daemon-reload',
    ...(wanted.length > 0 ? [`systemctl start --no-block ${wanted.map(quote).join(' ')}`] : []),
    '',
  ].join('\n');
}

function write(file: GivenFile): string {
  if (file.kind === 'link') return `ln -sfn ${quote(file.target)} ${quote(file.path)}`;
  const bytes = Buffer.from(file.content, 'utf8').toString('base64');
  return `echo ${bytes} | base64 -d >${quote(file.path)}\nchmod ${file.mode.toString(8)} ${quote(file.path)}`;
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/** Base64, as Azure takes it. */
function withBoothook(own: string | undefined, hook: string): string {
  const all = own === undefined ? Buffer.from(hook) : gzipSync(multipart([hook, unpacked(own)]));
  if (all.length > CUSTOM_DATA_LIMIT_BYTES)
    throw usageError(
      `The custom data of a machine is limited to ${CUSTOM_DATA_LIMIT_BYTES} bytes; with the files of a profile it has ${all.length}.`,
      'Delay fewer items at once, or make the custom data smaller.',
    );
  return all.toString('base64');
}

function unpacked(customData: string): Buffer {
  const bytes = Buffer.from(customData, 'base64');
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes, { maxOutputLength: UNPACKED_LIMIT_BYTES }) : bytes;
}

/** cloud-init detects the kind of a plain part by its first line, as it does without a multipart. An archive has its own headers. */
function multipart(parts: readonly (string | Buffer)[]): string {
  const bodies = parts.map((part) => {
    const bytes = Buffer.from(part as Buffer);
    if (/^(?:Content-Type|MIME-Version):/i.test(bytes.toString('latin1', 0, 40))) return bytes.toString('latin1');
    const lines = bytes.toString('base64').replaceAll(/.{76}/g, '$&\n');
    return `Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n${lines}`;
  });
  const sections = bodies.map((body) => `--${BOUNDARY}\n${body}\n`);
  return `Content-Type: multipart/mixed; boundary="${BOUNDARY}"\nMIME-Version: 1.0\n\n${sections.join('')}--${BOUNDARY}--\n`;
}
