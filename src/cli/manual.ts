/**
 * The manual page, from the table of commands: roff with the macros of man(7), as `man` and mandoc read it.
 * https://man7.org/linux/man-pages/man7/man.7.html
 */
import type { CommandSpec, OptionSpec } from './command.ts';

export interface ManualFacts {
  readonly version: string;
  /** Day of the version, e.g. 2026-11-28. */
  readonly date: string;
  readonly description: string;
  readonly exitCodes: readonly (readonly [code: string, meaning: string])[];
}

export function manual(commands: readonly CommandSpec[], facts: ManualFacts): string {
  return [
    `.TH BENCH 1 ${quoted(facts.date)} ${quoted(`bench ${facts.version}`)} "User Commands"`,
    '.SH NAME',
    'bench \\- boot two machine images and report which one is usable sooner',
    '.SH SYNOPSIS',
    '.B bench',
    '.I command',
    '.RI [ options ]',
    '.SH DESCRIPTION',
    text(facts.description),
    '.SH COMMANDS',
    ...commands.flatMap(commandSection),
    '.SH EXIT STATUS',
    ...facts.exitCodes.flatMap(([code, meaning]) => ['.TP', `.B ${code}`, text(meaning)]),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.flatMap(([name, meaning]) => ['.TP', `.B ${text(name)}`, text(meaning)]),
    '.SH FILES',
    ...FILES.flatMap(([name, meaning]) => ['.TP', `.I ${text(name)}`, text(meaning)]),
    '',
  ].join('\n');
}

const ENVIRONMENT = [
  ['BENCH_CACHE', 'folder for built images and cached boots (default: bootbench in XDG_CACHE_HOME)'],
  ['NO_COLOR, FORCE_COLOR', 'turn colour off, or on where the output is not a terminal'],
  ['GITHUB_TOKEN, SYSTEM_ACCESSTOKEN', 'token for posting comments and issues'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OpenTelemetry collector that receives the traces of boots'],
  ['AZURE_SUBSCRIPTION_ID', 'subscription in which machines are created'],
] as const;

const FILES = [
  ['scenarios/<name>.yaml', 'a scenario: what to boot, measure and judge'],
  ['reports/runs/<run>', 'a run: raw artifacts, samples, comparison, report.html'],
] as const;

function commandSection({ name, args, summary, description, options, examples }: CommandSpec): string[] {
  return [
    `.SS bench ${text([name, args].filter(Boolean).join(' '))}`,
    text(sentence(description ?? summary)),
    ...options.flatMap(({ flags, text: meaning, default: fallback }: OptionSpec) => {
      const otherwise = fallback && (fallback.text ?? String(fallback.value));
      return [
        '.TP',
        `.B ${text(flags)}`,
        text(otherwise === undefined ? meaning : `${meaning} (default: ${otherwise})`),
      ];
    }),
    ...(examples.length === 0 ? [] : ['.PP', 'Examples:', '.PP', '.nf', '.RS', ...examples.map(text), '.RE', '.fi']),
  ];
}

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

const quoted = (words: string): string => `"${words.replaceAll('"', '')}"`;

/** Text that roff shows unchanged: no line of it is a request, no character of it an escape, and users can copy its hyphens. */
const text = (words: string): string =>
  words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('\n', ' ')
    .replace(/^([.'])/, '\\&$1');
