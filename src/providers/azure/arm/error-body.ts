/**
 * Reads the body of an error from any service: the resource manager, a resource provider, a gateway in front of them, the
 * directory, storage. Recorded traffic has bodies with `error` around them or without, keys in any case, and JSON inside messages.
 * It has `details` that are lists, objects or `null`, `innererror`, plain text, HTML and XML. Never throws.
 */
import { jsonOrUndefined } from '../../../model/json.ts';

export interface ErrorText {
  /** Outermost first, without numbers: a code `400` says less than the status. */
  readonly codes: readonly string[];
  /** All its messages, each once; empty if it has none. */
  readonly message: string;
}

/** Azure nests errors two levels deep, and once more inside a message. */
const DEEPEST = 8;
const LONGEST = 4_000;

export function errorTextOf(said: string): ErrorText {
  const text = said.replace(/^\uFEFF/, '');
  const once = jsonOrUndefined(text);
  // Some services send their JSON inside a JSON string.
  const body = typeof once === 'string' ? jsonOrUndefined(once) : once;
  if (typeof body !== 'object' || body === null) return proseOf(text);
  const codes: string[] = [];
  const messages: string[] = [];
  collect(body, codes, messages, 0);
  return { codes: [...new Set(codes)], message: [...new Set(messages)].join(' ').slice(0, LONGEST) };
}

function collect(value: unknown, codes: string[], messages: string[], depth: number): void {
  if (depth > DEEPEST) return;
  if (typeof value === 'string') collectText(value, codes, messages, depth);
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) for (const item of value) collect(item, codes, messages, depth + 1);
  else collectNode(value, codes, messages, depth);
}

/** Keys of messages in errors of the resource manager, the directory, deployments, .NET, and RFC 9457. */
const MESSAGES = ['message', 'error_description', 'statusmessage', 'exceptionmessage', 'title', 'detail'];

function collectNode(value: object, codes: string[], messages: string[], depth: number): void {
  const node = lowerKeys(value);
  // The directory's: {"error": "invalid_request", "error_description": "AADSTS90002: ..."}.
  const code = node.get('code') ?? (typeof node.get('error') === 'string' ? node.get('error') : undefined);
  if (typeof code === 'string' && /^[A-Za-z]/.test(code)) codes.push(code);
  for (const key of MESSAGES) collect(node.get(key), codes, messages, depth + 1);
  // {"lang": "en", "value": "..."}, as in OData.
  if (node.has('lang')) collect(node.get('value'), codes, messages, depth + 1);
  collect(node.get('target') === undefined ? undefined : policyOf(node), codes, messages, depth + 1);
  if (typeof node.get('error') === 'object') collect(node.get('error'), codes, messages, depth + 1);
  for (const key of ['details', 'innererror', 'errorentity', 'odata.error', 'errors', 'properties'])
    collect(node.get(key), codes, messages, depth + 1);
}

/** A denial by policy names its policies in `additionalInfo`, unless the message names them. */
const policyOf = (node: ReadonlyMap<string, unknown>): string | undefined => {
  const name = /"policyAssignment(?:DisplayName|Name)":"([^"]{1,200})"/.exec(
    JSON.stringify(node.get('additionalinfo') ?? ''),
  )?.[1];
  return name && `Policy: ${name}.`;
};

/** A message may hold an error as JSON, alone or after some words. */
function collectText(text: string, codes: string[], messages: string[], depth: number): void {
  const from = text.indexOf('{');
  const inner = from < 0 ? undefined : jsonOrUndefined(text.slice(from, text.lastIndexOf('}') + 1));
  const isError =
    typeof inner === 'object' &&
    inner !== null &&
    ['error', 'code', 'message'].some((key) => lowerKeys(inner).has(key));
  const words = (isError ? text.slice(0, from) : text).replaceAll(/\s+/g, ' ').trim();
  if (words !== '') messages.push(words);
  if (isError) collect(inner, codes, messages, depth + 1);
}

const lowerKeys = (value: object): ReadonlyMap<string, unknown> =>
  new Map(Object.entries(value).map(([key, item]) => [key.toLowerCase(), item]));

/** Storage answers in XML, gateways in HTML, some in plain text. */
function proseOf(text: string): ErrorText {
  const code = /<Code>([A-Za-z]\w{0,99})<\/Code>/i.exec(text)?.[1];
  const message = /<Message>([\s\S]{1,2000}?)<\/Message>/i.exec(text)?.[1] ?? text;
  const plain = message
    .replaceAll(/<(script|style)[\s\S]*?<\/\1>|<[^>]{0,500}>/gi, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return { codes: code === undefined ? [] : [code], message: plain.slice(0, LONGEST) };
}
