/** The files of a run and of a history, for the reference; kept beside the code that writes them. */
export const FILES = [
  ['run.json', 'the resolved scenario with its sha256, the seed, the block order, facts of the provider'],
  ['journal.jsonl', 'every change of state, written before its effect; makes a run resumable'],
  ['boots/<nnnn>-<variant>/outcome.json', 'booted, or failed and why; facts of the machine; events seen from outside'],
  ['boots/<nnnn>-<variant>/raw/', 'artifacts of the machine, byte for byte, with index.json'],
  [
    'boots/<nnnn>-<variant>/record.json',
    'events, spans, clock links, expectations; derived from raw/ and outcome.json',
  ],
  ['samples.json', 'each metric of each boot: a value, or the reason why it is missing'],
  ['comparison.json', 'verdicts, pass or fail, intervals, attribution, warnings'],
  ['report.html', 'the report'],
  ['comment.md', 'the comment for a pull request'],
  ['summary.md', 'the summary for a CI job'],
  ['machines.txt', 'with --keep-machines: how to reach and stop the machines'],
  ['profile.json, profile.html', 'result of bench profile: which step decides'],
  ['history.jsonl', 'in a history: one line per run, and one per confirmed change'],
  ['trend.html', 'in a history: changes over the nights'],
] as const;
