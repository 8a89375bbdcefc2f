/**
 * Sends alerts to a webhook: JSON by POST, with a few tries; for a chat's address, in a form for people. `x-bench-delivery` is the same for
 * every try, so that a receiver can recognise a repeated one. With a secret, `x-bench-signature-256` is `sha256=` and the HMAC of the body,
 * as GitHub signs its own.
 */
import { createHmac } from 'node:crypto';
import ky from 'ky';
import type { Alert } from '../model/alert.ts';
import { BenchError, messageOf, usageError, worldError } from '../model/errors.ts';
import { withoutSecrets } from '../model/secrets.ts';
import { checkAddress, fetchAs } from '../net/guarded-fetch.ts';

export const WEBHOOK_FORMATS = ['bench', 'slack', 'teams'] as const;
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number];

export interface WebhookPlace {
  readonly url: string;
  readonly secret: string | undefined;
  /** The body; if the receiver is a program, the alert itself. */
  readonly body: (alert: Alert) => unknown;
}

/** Hosts of incoming webhooks, by service: for Teams, those of its workflows and of the older connectors. */
const FORMAT_OF_HOST: readonly (readonly [RegExp, WebhookFormat])[] = [
  [/(^|\.)hooks\.slack(-gov)?\.com$/, 'slack'],
  [/\.webhook\.office\.com$|\.logic\.azure\.com$|\.api\.powerplatform\.com$/, 'teams'],
];

/** The format that the receiver takes, as far as its address shows. */
export const formatOf = (url: string): WebhookFormat =>
  FORMAT_OF_HOST.find(([host]) => host.test(addressOf(url).hostname))?.[1] ?? 'bench';

/** Tries after the first, the longest wait between two, and how long one answer may take. */
const RETRIES = 3;
const LONGEST_WAIT_MS = 30_000;
const ANSWER_WITHIN_MS = 30_000;

export function webhook({
  url,
  secret,
  body: bodyOf,
}: WebhookPlace): (alert: Alert, signal: AbortSignal) => Promise<void> {
  const { origin } = addressOf(url);
  return async (alert, signal) => {
    // The text to send: the signature covers it.
    const body = withoutSecrets(JSON.stringify(bodyOf(alert)));
    try {
      await ky.post(url, {
        fetch: fetchAs('--webhook'),
        body,
        signal,
        headers: {
          'content-type': 'application/json',
          'x-bench-delivery': encodeURIComponent(alert.id),
          ...(secret && {
            'x-bench-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
          }),
        },
        timeout: ANSWER_WITHIN_MS,
        retry: {
          // Bench would refuse the same address again.
          shouldRetry: ({ error }) => (error instanceof BenchError && error.kind === 'usage' ? false : undefined),
          limit: RETRIES,
          methods: ['post'],
          backoffLimit: LONGEST_WAIT_MS,
          maxRetryAfter: LONGEST_WAIT_MS,
        },
      });
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof BenchError && cause.kind === 'usage') throw cause;
      // The address often is the secret: messages show its origin alone.
      const reason = messageOf(cause).replaceAll(url, origin);
      throw worldError(
        `The webhook at ${origin} did not accept the alert ${alert.id}: ${reason}`,
        'bench alert sends it again next time.',
      );
    }
  };
}

function addressOf(url: string): URL {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address && /^https?:$/.test(address.protocol)) {
    checkAddress(url, '--webhook');
    return address;
  }
  throw usageError('--webhook needs an http address.', 'For example --webhook https://example.org/hook');
}
