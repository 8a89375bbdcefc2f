/** The pages of docs/, for the terminal. */
import aksNodes from '../../docs/aks-nodes.md';
import azure from '../../docs/azure.md';
import ci from '../../docs/ci.md';
import importLogs from '../../docs/import-logs.md';
import localLab from '../../docs/local-lab.md';
import machines from '../../docs/machines.md';
import nightly from '../../docs/nightly.md';
import reference from '../../docs/reference.md';
import troubleshooting from '../../docs/troubleshooting.md';
import verdict from '../../docs/verdict.md';
import { usageError } from '../model/errors.ts';
import { type MarkdownScreen, renderMarkdown } from '../render/markdown.ts';
import { meant } from '../store/scenario-problems.ts';

const PAGES: Readonly<Record<string, string>> = {
  verdict,
  'local-lab': localLab,
  azure,
  'aks-nodes': aksNodes,
  machines,
  ci,
  nightly,
  'import-logs': importLogs,
  troubleshooting,
  reference,
};

export interface Topic {
  readonly name: string;
  readonly title: string;
}

export const topics = (): readonly Topic[] =>
  Object.entries(PAGES).map(([name, text]) => ({ name, title: /^# (.*)$/m.exec(text)?.[1] ?? name }));

export function topicText(name: string, screen: MarkdownScreen): string {
  const page = PAGES[name];
  if (page === undefined)
    throw usageError(
      `There is no topic or command "${name}"${meant(name, Object.keys(PAGES), false)}.`,
      `Topics: ${Object.keys(PAGES).join(', ')}. bench --help lists the commands.`,
    );
  return renderMarkdown(page, screen);
}
