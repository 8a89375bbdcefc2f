/** bench writes and shows no secret. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { type Attack, check, DISK, type Lab, type Result, refused } from '../lab.ts';

const kind = 'secrets';

const SECRET = 'hunter2-Zx9qLmPw4711';

const scenario = (more: string, image = '{file: a.raw}') =>
  `name: x\nprovider: {kind: qemu}\nvariants:\n  before: {image: {file: a.raw}}\n  after: {image: ${image}}\n${more}`;

const plan = (lab: Lab, text: string, environment: Readonly<Record<string, string>>, ...more: string[]) => {
  lab.write('a.raw', DISK);
  lab.write('x.yaml', text);
  return lab.bench(['plan', '--scenario', './x.yaml', '--offline', ...more], { environment });
};

/** Checks that neither the output nor any file contains the secret, except the files that must contain it. */
function nowhere(lab: Lab, results: readonly Result[], secret: string, but: readonly string[] = []): void {
  for (const { stdout, stderr } of results)
    check(!(stdout + stderr).includes(secret), `it was printed: ${stdout}${stderr}`);
  for (const name of readdirSync(lab.folder, { recursive: true, encoding: 'utf8' }))
    if (statSync(lab.at(name)).isFile() && !but.includes(name))
      check(!readFileSync(lab.at(name), 'latin1').includes(secret), `it is in ${name}`);
}

const misplaced = (place: string, text: string, variable: string): Attack => ({
  kind,
  name: `\${env:${variable}} in ${place}`,
  async run(lab) {
    const result = await plan(lab, text, { [variable]: SECRET });
    refused(result, 'x.yaml:', variable);
    nowhere(lab, [result], SECRET);
  },
});

const URLS = [
  `https://user:${SECRET}@127.0.0.1:1/disk.raw`,
  `https://127.0.0.1:1/disk.raw?sv=2024&sig=${SECRET}`,
  `https://127.0.0.1:1/disk.raw?X-Amz-Signature=${SECRET}`,
  `https://127.0.0.1:1/disk.raw?token=${SECRET}`,
  `https://${SECRET}@127.0.0.1:1/disk.raw`,
];

const TOKENS: Readonly<Record<string, string>> = {
  'a bootstrap token': 'abc123.0123456789abcdef',
  'a GitHub token': `ghp_${'a1B2'.repeat(9)}`,
  'a web token': `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.${'s1G'.repeat(10)}`,
  'a signature of a storage': `https://a.blob.core.windows.net/c/b?sv=2024-01-01&sig=${'aB3%2F'.repeat(8)}`,
  'an account key': `AccountKey=${'aB3/'.repeat(21)}aB==`,
  'a private key': `-----BEGIN RSA PRIVATE KEY-----\n${'aB3/'.repeat(16)}\n-----END RSA PRIVATE KEY-----`,
  'a password': `PASSWORD=${SECRET}`,
  'a client secret': `"clientSecret": "${SECRET}"`,
  'a bearer': `Authorization: Bearer ${SECRET}${SECRET}`,
};

const NEEDLES = [SECRET, '0123456789abcdef', 'a1B2a1B2', 's1Gs1G', 'aB3%2FaB3', 'aB3/aB3'];

export const secrets: readonly Attack[] = [
  misplaced('a description', scenario('', '{file: a.raw}, description: "${env:HOME_NAME}"'), 'HOME_NAME'),
  misplaced('the name', scenario('').replace('name: x', 'name: "${env:ANYTHING}"'), 'ANYTHING'),
  misplaced(
    'kernel arguments',
    scenario('').replace('{kind: qemu}', '{kind: qemu, kernelArguments: "${env:PAYLOAD}"}'),
    'PAYLOAD',
  ),
  misplaced('an owner', scenario('gates: {boot.target: {owner: "${env:OWNER_X}"}}\n'), 'OWNER_X'),
  misplaced('an expectation', scenario('expect: [{unit: "${env:UNIT_X}", is: active}]\n'), 'UNIT_X'),
  misplaced('a description, with a default', scenario('', '{file: a.raw}, description: "${env:SOME_X:-y}"'), 'SOME_X'),
  ...['GITHUB_TOKEN', 'AZURE_CLIENT_SECRET', 'DB_PASSWORD', 'MY_API_KEY', 'AWS_SECRET_ACCESS_KEY'].map((name) =>
    misplaced(
      'a description that lists it',
      scenario(`environment: [${name}]\n`, `{file: a.raw}, description: "\${env:${name}}"`),
      name,
    ),
  ),
  {
    kind,
    name: 'a listed variable may be shown',
    async run(lab) {
      const text = scenario('environment: [BUILD]\n', '{file: a.raw}, description: "build ${env:BUILD}"');
      const { status, stderr } = await plan(lab, text, { BUILD: '4711' });
      check(status === 0, stderr);
    },
  },
  ...URLS.map(
    (url): Attack => ({
      kind,
      name: `an address with ${url.replace(SECRET, '...')}`,
      async run(lab) {
        const image = `{url: "\${env:BENCH_IMAGE}", sha256: "${'0'.repeat(64)}"}`;
        const results = [
          await plan(lab, scenario('', image), { BENCH_IMAGE: url }),
          await plan(lab, scenario('', image), { BENCH_IMAGE: url }, '--json'),
          await lab.bench(['run', '--scenario', './x.yaml', '--dry-run', '--offline'], {
            environment: { BENCH_IMAGE: url },
          }),
        ];
        nowhere(lab, results, SECRET);
      },
    }),
  ),
  {
    kind,
    name: 'a run that goes on is given its secret again',
    async run(lab) {
      const address = (secret: string, file = 'disk.raw') => `https://127.0.0.1:1/${file}?sv=2024&sig=${secret}`;
      lab.write('x.yaml', scenario('', `{url: "\${env:BENCH_IMAGE}", sha256: "${'0'.repeat(64)}"}`));
      lab.write('a.raw', DISK);
      lab.sampleRun();
      const run = JSON.parse(lab.read('run/run.json'));
      const variants = {
        before: { image: { file: 'a.raw' } },
        after: { image: { url: address('***'), sha256: '0'.repeat(64) } },
      };
      const stored = { name: 'x', provider: { kind: 'qemu' }, variants };
      lab.write('run/run.json', JSON.stringify({ ...run, scenarioFile: './x.yaml', scenario: stored }));
      const resume = (environment: Readonly<Record<string, string>>, ...more: string[]) =>
        lab.bench(['run', '--resume', './run', '--dry-run', '--offline', ...more], { environment });
      const without = await resume({});
      refused(without, 'variants.after.image.url', 'has to be given again', 'BENCH_IMAGE');
      refused(await resume({ BENCH_IMAGE: address(SECRET, 'other.raw') }), 'another address');
      const by = await resume({ BENCH_IMAGE: address(SECRET) });
      check(by.status === 0, by.stderr);
      const option = await resume(
        { BENCH_IMAGE: address('x') },
        '--set',
        `variants.after.image.url=${address(SECRET)}`,
      );
      check(option.status === 0, option.stderr);
      nowhere(lab, [without, by, option], SECRET);
    },
  },
  ...Object.entries(TOKENS).map(
    ([name, token]): Attack => ({
      kind,
      name: `${name} in an artifact`,
      async run(lab) {
        for (const variant of ['before', 'after']) {
          lab.write(`logs/${variant}/time.txt`, 'Startup finished in 1s (kernel) + 2s (userspace) = 3s\n');
          lab.write(`logs/${variant}/cluster-provision.log`, `+ start\nx ${token}\n+ end\n`);
        }
        const result = await lab.bench(['import', 'logs', '--out', 'out']);
        check(result.status === 0, result.stderr);
        for (const needle of NEEDLES.filter((text) => token.includes(text)))
          nowhere(lab, [result], needle, ['logs/before/cluster-provision.log', 'logs/after/cluster-provision.log']);
        const kept = await lab.bench(['import', 'logs', '--out', 'kept', '--keep-secrets']);
        check(kept.status === 0, kept.stderr);
      },
    }),
  ),
  {
    kind,
    name: 'a short user, password and signature of an address',
    async run(lab) {
      const image = `{url: "\${env:BENCH_IMAGE}", sha256: "${'0'.repeat(64)}"}`;
      const environment = { BENCH_IMAGE: 'https://u7:p1@127.0.0.1:1/disk.raw?sig=qz9&token=xy' };
      const results = [await plan(lab, scenario('', image), environment, '--json')];
      for (const secret of ['u7:', ':p1', 'qz9', 'token=xy']) nowhere(lab, results, secret);
    },
  },
  {
    kind,
    name: 'a token of this computer in an artifact, in base64 and over lines',
    async run(lab) {
      const written = [`user:${SECRET}`, `x${SECRET}`].map((text) => Buffer.from(text).toString('base64'));
      const words = 'correct horse battery 4711';
      for (const variant of ['before', 'after']) {
        lab.write(`logs/${variant}/time.txt`, 'Startup finished in 1s (kernel) + 2s (userspace) = 3s\n');
        lab.write(
          `logs/${variant}/cluster-provision.log`,
          `+ start ${written.join(' ')}\ncorrect horse\n  battery 4711\n`,
        );
      }
      const environment = { CI_JOB_TOKEN: SECRET, SITE_PASSWORD: words };
      const result = await lab.bench(['import', 'logs', '--out', 'out'], { environment });
      check(result.status === 0, result.stderr);
      const own = ['logs/before/cluster-provision.log', 'logs/after/cluster-provision.log'];
      for (const part of [Buffer.from(SECRET).toString('base64').slice(4, -4), 'battery 4711'])
        nowhere(lab, [result], part, own);
    },
  },
  {
    kind,
    name: 'a token of this computer in an error',
    async run(lab) {
      const result = await lab.bench(['compare', `none-${SECRET}`], { environment: { CI_JOB_TOKEN: SECRET } });
      check(result.status === 2, result.stderr);
      nowhere(lab, [result], SECRET);
    },
  },
  {
    kind,
    name: 'a token of this computer in a run',
    async run(lab) {
      lab.sampleRun();
      lab.write('run/samples.json', lab.read('run/samples.json').replaceAll('"after"', `"${SECRET}"`));
      lab.write('run/run.json', lab.read('run/run.json').replaceAll('"after"', `"${SECRET}"`));
      const results = [await lab.bench(['report', 'run'], { environment: { CI_JOB_TOKEN: SECRET } })];
      nowhere(lab, results, SECRET, ['run/run.json', 'run/samples.json']);
    },
  },
];
