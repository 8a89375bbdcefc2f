/**
 * Makes the output of other people's programs fit for messages and files: no secrets, nothing that moves a cursor. It recognises
 * secrets by the names of environment variables, and by the formats of well-known credentials.
 */
import { lastLine } from '../../model/printable.ts';
import type { RunContext } from '../../model/provider.ts';

export type Redact = (text: string) => string;

const SECRET_NAME = /secret|token|password|passwd|credential|private|api_?key|access_?key|_key$|_pat$/i;
/** Shorter values occur in too many innocent words, and protect nothing. */
const SHORTEST = 6;
const HIDDEN = '[redacted]';

const FORMS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, HIDDEN],
  // JSON Web Tokens; access key ids of AWS; tokens of GitHub, Google and Slack.
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, HIDDEN],
  [/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g, HIDDEN],
  [/\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|ya29\.[\w-]{10,}|xox[abprs]-[\w-]{10,})/g, HIDDEN],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${HIDDEN}`],
  [/(\w+:\/\/[^\s/:@]*):[^\s/@]+@/g, `$1:${HIDDEN}@`],
  // `password: x`, `"SecretAccessKey": "x"`, `--token=x`, `sig=x` of a signed address.
  [
    /((?:secret\w*|\w*token|password|passwd|api[-_]?key|access[-_]?key|client[-_]?secret|\bsig)["']?\s*[=:]\s*["']?)[^\s"'&,;]{3,}/gi,
    `$1${HIDDEN}`,
  ],
];

/** `secrets` are further values to hide. */
export function redactor(environment: RunContext['environment'], secrets: readonly string[] = []): Redact {
  const named = Object.entries(environment).flatMap(([name, value]) => (SECRET_NAME.test(name) && value) || []);
  // The longest first: one may be a part of another.
  const values = [...named, ...secrets].filter((value) => value.length >= SHORTEST).sort((a, b) => b.length - a.length);
  return (text) => {
    const hidden = values.reduce((rest, value) => rest.replaceAll(value, HIDDEN), text);
    return FORMS.reduce((rest, [form, instead]) => rest.replaceAll(form, instead), hidden);
  };
}

/** The last line that is not empty, safe to show; empty if there is none. */
export const lastWords = (text: string, redact: Redact): string => lastLine(redact(text));
