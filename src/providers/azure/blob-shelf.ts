/**
 * A container of Azure Blob Storage as a store of texts (a `Shelf`), in append blobs. Azure appends a block whole or not at all,
 * and only while the ETag still matches. This file is here and not in `store/`, because only this folder calls Azure; it does not
 * depend on what a history is.
 * https://learn.microsoft.com/rest/api/storageservices/append-block
 */
import type { ContainerClient } from '@azure/storage-blob';
import { BenchError, messageOf, usageError, worldError } from '../../model/errors.ts';
import type { Shelf } from '../../model/shelf.ts';
import { cloudOf, type Environment } from './account/cloud.ts';
import { credentialFor, credentialKind } from './account/credential.ts';

/** A history of decades has a few hundred MB; a larger file is not a history. */
const MOST_BYTES = 1 << 30;
const MOST_TEXTS = 1_000;

/** Codes that mean another writer was first: the ETag differs, or the new blob already exists. */
const OVERTAKEN = new Set(['ConditionNotMet', 'BlobAlreadyExists', 'AppendPositionConditionNotMet']);
const RETRIES = { maxTries: 4, tryTimeoutInMs: 60_000 };

/**
 * Opens `https://<account>.blob.core.windows.net/<container>[/<folder>]`. A signature (SAS) in the address gives access; without
 * one, the identity that creates machines does. Plain http works only on this computer.
 */
export async function openBlobShelf(address: string, environment: Environment, folder: string): Promise<Shelf> {
  const { container, prefix, shown } = await open(new URL(address), environment, folder);
  const said = <T>(what: () => Promise<T>) => what().catch((cause) => Promise.reject(explained(cause, shown)));
  const blob = (name: string) => container.getAppendBlobClient(prefix + name);
  return {
    address: shown,
    list: (signal) => said(() => namesIn(container, prefix, signal)),
    end: (name, signal) => said(() => endOf(blob(name), signal)),
    read: (name, fromByte, signal) =>
      said(async () => {
        const end = await endOf(blob(name), signal);
        if (end === undefined || end.sizeBytes <= fromByte) return '';
        if (end.sizeBytes > MOST_BYTES) throw worldError(`${shown}/${name} has ${end.sizeBytes} bytes: no history.`);
        const bytes = await blob(name).downloadToBuffer(fromByte, end.sizeBytes - fromByte, { abortSignal: signal });
        return bytes.toString('utf8');
      }),
    append: (name, text, end, signal) =>
      said(async () => {
        const bytes = Buffer.from(text);
        try {
          const fresh = { conditions: { ifNoneMatch: '*' }, abortSignal: signal };
          const version = end?.version ?? (await blob(name).create(fresh)).etag;
          const conditions = version === undefined ? {} : { ifMatch: version };
          await blob(name).appendBlock(bytes, bytes.length, { conditions, abortSignal: signal });
          return true;
        } catch (cause) {
          if (OVERTAKEN.has(codeOf(cause))) return false;
          throw cause;
        }
      }),
  };
}

/** If the host name does not contain the account (an emulator), it is the first part of the path. */
async function open(url: URL, environment: Environment, folder: string) {
  const isLocal = /^(127\.0\.0\.1|localhost|\[::1\])$/.test(url.hostname);
  if (url.protocol !== 'https:' && !isLocal) throw usageError(`${url.origin}: bench sends a history only over https.`);
  const parts = url.pathname.split('/').filter((part) => part !== '');
  const [name, ...below] = parts.slice(isLocal ? 1 : 0);
  if (name === undefined)
    throw usageError(
      `${url.origin}${url.pathname} does not name a container.`,
      'https://<account>/<container>/<folder>',
    );
  const { ContainerClient, AnonymousCredential } = await import('@azure/storage-blob');
  const account = isLocal ? `${url.origin}/${parts[0]}` : url.origin;
  const credential = url.searchParams.has('sig')
    ? new AnonymousCredential()
    : await credentialFor(credentialKind(environment), await cloudOf('public', environment, folder), environment);
  return {
    container: new ContainerClient(`${account}/${name}${url.search}`, credential, { retryOptions: RETRIES }),
    prefix: below.map((part) => `${part}/`).join(''),
    // Without the signature, because messages show this.
    shown: `${account}/${[name, ...below].join('/')}`,
  };
}

async function namesIn(container: ContainerClient, prefix: string, signal: AbortSignal): Promise<string[]> {
  const names: string[] = [];
  for await (const item of container.listBlobsByHierarchy('/', { prefix, abortSignal: signal })) {
    if (item.kind === 'blob') names.push(item.name.slice(prefix.length));
    if (names.length > MOST_TEXTS) throw worldError(`${container.url} holds more than ${MOST_TEXTS} texts.`);
  }
  return names;
}

async function endOf(blob: ReturnType<ContainerClient['getAppendBlobClient']>, signal: AbortSignal) {
  try {
    const { etag, contentLength } = await blob.getProperties({ abortSignal: signal });
    if (etag === undefined) throw worldError(`${blob.name} has no ETag.`);
    return { version: etag, sizeBytes: contentLength ?? 0 };
  } catch (cause) {
    if (codeOf(cause) === 'BlobNotFound') return undefined;
    throw cause;
  }
}

const property = (cause: unknown, key: string): unknown =>
  typeof cause === 'object' && cause !== null && key in cause ? (cause as Record<string, unknown>)[key] : undefined;
/** Responses without a body have their code only in `details`. */
const codeOf = (cause: unknown): string =>
  String(property(property(cause, 'details'), 'errorCode') ?? property(cause, 'code') ?? '');

function explained(cause: unknown, shown: string): unknown {
  if (cause instanceof BenchError || property(cause, 'name') === 'AbortError') return cause;
  const hints: Readonly<Record<string, string>> = {
    ContainerNotFound: 'Create the container first.',
    AuthorizationPermissionMismatch: 'Assign the role "Storage Blob Data Contributor" on the container.',
    AuthorizationFailure:
      'Check that the signature in the address is still valid and that the account allows this network.',
    AuthenticationFailed: 'Check that the signature in the address is still valid.',
    BlockCountExceedsLimit:
      'The blob has reached its limit of lines: rename it, e.g. to 2026.jsonl. bench still reads it.',
  };
  const [reason] = messageOf(cause).split('\n');
  const code = codeOf(cause);
  return worldError(`The history ${shown} could not be reached: ${code || reason}`, hints[code] ?? reason, cause);
}
