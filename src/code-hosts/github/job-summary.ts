/**
 * The summary of an Actions job: Markdown appended to the file GITHUB_STEP_SUMMARY. GitHub drops a step's summary over 1 MiB whole,
 * including the output of other commands in the step.
 */
import { appendFile, stat } from 'node:fs/promises';
import type { SummaryPage } from '../../model/code-host.ts';
import { messageOf, worldError } from '../../model/errors.ts';
import { withoutSecrets } from '../../model/secrets.ts';

const LIMIT_BYTES = 1024 * 1024;

/** Appends pages while there is room; a note in the summary stands for the rest. */
export async function appendSummary(file: string, pages: readonly SummaryPage[]): Promise<readonly string[]> {
  try {
    let room =
      LIMIT_BYTES -
      NOTE_BYTES -
      (await stat(file).then(
        ({ size }) => size,
        () => 0,
      ));
    const fitting = pages.filter(({ text }) => {
      const bytes = Buffer.byteLength(text) + 1;
      if (bytes > room) return false;
      room -= bytes;
      return true;
    });
    const note = fitting.length < pages.length ? `\n${NOTE}\n` : '';
    await appendFile(file, withoutSecrets(`${fitting.map(({ text }) => `${text}\n`).join('')}${note}`));
    return [];
  } catch (cause) {
    throw worldError(
      `The job summary ${file} cannot be written: ${messageOf(cause)}`,
      'Check that GITHUB_STEP_SUMMARY names a file of this job.',
      cause,
    );
  }
}

const NOTE = '*The job summary has no room for the other scenarios: see the reports.*';
const NOTE_BYTES = NOTE.length + 2;
