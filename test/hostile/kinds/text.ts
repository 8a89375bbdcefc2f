/** Untrusted text has no effect where bench shows it: Markdown, HTML, XML, terminal. */
import { renameSync, rmSync } from 'node:fs';
import { type Attack, check, type Lab } from '../lab.ts';

const kind = 'text';

/** Texts that GitHub or Azure DevOps would turn into a link, a mention or markup; no output may contain them unescaped. */
const ACTIVE = [
  'GH-3',
  'gh-12',
  'octo/cat#1',
  '#17',
  '@octocat',
  '@org/team',
  'a1b2c3d4e5f6',
  'PROJ-7',
  '!44',
  'https://evil.example',
  'www.evil.example',
  '[x](http://e)',
  '![x](y)',
  '<img src=x>',
  '`x`',
  '~~x~~',
  ':tada:',
  '$x$',
  '_www.evil.example',
  '_GH-3',
  '<details>',
  '<!-- x -->',
  '[^1]',
  '&#64;octocat',
  'mailto:a@b.example',
];

const shown = async (lab: Lab, text: string) => {
  lab.sampleRun();
  const json = JSON.stringify(text).slice(1, -1);
  lab.write('run/samples.json', lab.read('run/samples.json').replaceAll('"after"', `"${json}"`));
  // The schema of run.json does not permit such a name.
  for (const name of ['run.json', 'boots']) rmSync(lab.at('run', name), { recursive: true });
  await lab.bench(['compare', 'run']);
  return lab.bench(['report', 'run']);
};

export const text: readonly Attack[] = [
  ...ACTIVE.map(
    (active, index): Attack => ({
      kind,
      name: `Markdown: ${active}`,
      // test/render/escape.test.ts also checks all of them.
      long: index % 3 !== 0,
      async run(lab) {
        const { status } = await shown(lab, `v ${active} v`);
        check(status !== 2, 'the text was not shown at all');
        for (const page of ['comment.md', 'summary.md']) {
          const bare = lab.read(`run/${page}`).replaceAll(/`[^`\n]*`/g, '');
          check(!bare.includes(` ${active} `), `${page} has it as it is`);
        }
      },
    }),
  ),
  ...['<script>alert(1)</script>', '"><svg onload=alert(1)>', '</title><script>1</script>', '&lt;b&gt;'].map(
    (active): Attack => ({
      kind,
      name: `HTML: ${active}`,
      async run(lab) {
        await shown(lab, active);
        check(!lab.read('run/report.html').includes(active), 'the page has it as it is');
      },
    }),
  ),
  {
    kind,
    name: 'characters that XML does not allow',
    async run(lab) {
      await shown(lab, 'x\u0000\u0001\u0008\u000b\u001f\ufffe\uffff\ud800y');
      const { stdout, status, stderr } = await lab.bench(['export', 'run', '--format', 'junit']);
      check(status === 0, stderr);
      check(!/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\ud800-\udfff\ufffd]/.test(stdout), 'JUnit has them');
    },
  },
  ...[
    'new\nline',
    'esc\u001b[31mred',
    'bell\u0007',
    'osc\u001b]0;title\u0007',
    'cr\rover',
    'bidi\u202eover',
    '::error::x',
    '##vso[task.x]',
  ].map(
    (name): Attack => ({
      kind,
      name: `a folder named ${JSON.stringify(name)}`,
      async run(lab) {
        lab.sampleRun();
        renameSync(lab.at('run'), lab.at(name));
        for (const command of [
          ['compare', name],
          ['report', name],
          ['compare', `${name}/none`],
          ['export', name, '--format', 'csv'],
          ['import', name, '--out', 'out'],
          ['record', name],
        ]) {
          const { stdout, stderr } = await lab.bench(command);
          check(!(stdout + stderr).includes(name), `bench ${command[0]} prints it as it is`);
        }
      },
    }),
  ),
];
