/** The commands and their options. Each loads its code when it is called, so that help costs next to nothing. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { Setting } from '../store/scenario-file.ts';
import { EXIT } from './exit.ts';
import { processWorld, type World } from './world.ts';

const OUT = 'reports/runs';

const WHERE = 'a folder, git:<remote>#<branch>[/<folder>], or the https address of a container in Azure Blob Storage';

/** Runs the command that `argv` names and returns its exit code. */
export async function program(argv: readonly string[]): Promise<number> {
  let code: number = EXIT.fine;
  const bench = new Command('bench')
    .description(
      'Boots two machine images against each other, many times, and says which one is usable sooner, by how much, and because of which step.',
    )
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ sortSubcommands: false })
    .addHelpText(
      'after',
      '\nFirst steps:\n  bench run --scenario local-deferral    two images in real virtual machines, no cloud needed\n  bench doctor                           what this machine lacks, and how to get it\n\nExit codes: 0 fine, 1 a gate failed, 2 usage, 3 the world failed, 4 inconclusive (--require-verdict), 70 a bug',
    );
  const lazy =
    <Args extends unknown[]>(load: () => Promise<{ command: (world: World, ...args: Args) => Promise<number> }>) =>
    async (...args: Args) => {
      code = await (await load()).command(processWorld(), ...args);
    };

  withDesign(bench.command('run').description('boot, collect, compare, report: all of it'))
    .option('--dry-run', 'print the plan with its minutes, quota and money, boot nothing')
    .option('--offline', 'with --dry-run: ask no cloud for quota and prices')
    .option('--resume <run>', 'go on with an interrupted run: its folder, or its id under --out')
    .option('--shard <i/n>', 'boot only every n-th block, from the i-th on; all shards need one --seed')
    .option(
      '--history <where>',
      'add a line to this history (a shard adds none), and take the pinned reference as baseline',
    )
    .option('--link <address>', 'where the run can be looked at, for its line in the history')
    .option('--update-reference', "write the candidate's image into the scenario as the pinned reference, if it passes")
    .option('--keep-machines', 'leave the machines running afterwards, and say how to reach and how to end them (qemu)')
    .option('--no-cache', 'boot every machine, also where the same boot is known already (virtual time)')
    .option('--require-verdict', 'exit with 4 when the result is inconclusive')
    .option('--json', 'print comparison.json at the end')
    .action(lazy(() => import('./commands/run.ts')));

  withDesign(bench.command('plan').description('what a run would boot, in which order, and for how long'))
    .option('--effect <share>', 'the change to find; without it, the smallest that the blocks can see is sought')
    .option('--power <share>', 'how often it shall be found', '95%')
    .option('--sigma <share>', "spread of the blocks' ratios, if you know it")
    .option('--pilot <run...>', 'runs (a pilot, or A/A runs) to take the spread from')
    .option('--offline', 'ask no cloud for quota and prices')
    .option('--json', 'print the plan as JSON')
    .action(lazy(() => import('./commands/plan.ts')));

  bench
    .command('record <boot-or-run>')
    .description('read the raw artifacts of a boot (or of all boots of a run) again')
    .option('--explain <metric>', 'say how a number came about, line by line')
    .option('--json', 'print the records as JSON')
    .action(lazy(() => import('./commands/record.ts')));

  bench
    .command('compare <run> [other]')
    .summary('compare the variants of a run, or two runs')
    .description('compare the variants of a run, or two runs; a folder needs to hold no more than a samples.json')
    .option('--require-verdict', 'exit with 4 when the result is inconclusive')
    .option('--json', 'print comparison.json')
    .action(lazy(() => import('./commands/compare.ts')));

  bench
    .command('report <run>')
    .description('write report.html again')
    .option('--open', 'open it in the browser')
    .option('--from-raw', 'read the raw artifacts again first, and derive everything else from them')
    .option('--history <where>', 'tell how often A/A runs in this history cried wolf')
    .option('--json', 'print the verdict and what was written, as JSON')
    .action(lazy(() => import('./commands/report.ts')));

  bench
    .command('comment <run...>')
    .summary('post the result to its pull request, or print it')
    .description(
      'post the result to its pull request (GitHub, Azure DevOps) and to the page of the CI job, or print it (Markdown) where there is none; several runs make one comment',
    )
    .option('--repo <owner/name>', 'default: that of the job')
    .option('--pr <number>', 'pull request (default: that of the event)', wholeNumber)
    .option('--report-url <url>', 'where the report can be read (default: the page of the job)')
    .option('--check', 'also post a check run, with annotations on the scenario')
    .option('--only-failures', 'comment only when a gate fails; an earlier comment is kept up to date')
    .option('--print', 'print it, post nothing')
    .option('--json', 'print what was posted, as JSON')
    .action(lazy(() => import('./commands/comment.ts')));

  bench
    .command('export <run>')
    .description('the run for other programs: traces, tables, test reports')
    .requiredOption(
      '--format <format>',
      'perfetto, otlp, csv, junit, benchstat, openmetrics, github-benchmark or bencher',
    )
    .option('--out <file>', 'default: stdout')
    .action(lazy(() => import('./commands/export.ts')));

  bench
    .command('import <path...>')
    .description('make a run of artifacts or logs that others gathered: files, folders, .zip, .tgz')
    .option('--map <file>', 'YAML file that says which machine was of which variant')
    .option('--out <folder>', 'where runs are kept', OUT)
    .option('--json', 'print the run, its comparison and what was left out, as JSON')
    .action(lazy(() => import('./commands/import.ts')));

  bench
    .command('merge <shard...>')
    .description('put the shards of one run together')
    .requiredOption('--out <folder>', 'folder of the whole run')
    .option('--json', 'print comparison.json')
    .action(lazy(() => import('./commands/merge.ts')));

  const history = bench.command('history').description('one line per run, for the trend');
  history
    .command('add <run>')
    .description('add the line of a run that is there already, e.g. one merged from shards')
    .requiredOption('--history <where>', WHERE)
    .option('--link <address>', 'where the run can be looked at')
    .action(lazy(() => import('./commands/history.ts')));

  bench
    .command('trend <history>')
    .description('what changed over the nights: trend.html, since when and with which image')
    .option('--out <file>', 'the page (default: trend.html in the history, or here)')
    .option('--open', 'open it in the browser')
    .option('--json', 'print series and changes as JSON')
    .action(lazy(() => import('./commands/trend.ts')));

  bench
    .command('confirm <history> <change>')
    .description('boot the images before and after a change of the trend against each other')
    .option('--bisect', 'also search the versions around it for the two between which it lies')
    .option('--scenario <name>', "the scenario, where it is not found under the history's name for it")
    .addOption(settings())
    .option('--boots <n>', 'boots per variant, one in each block', wholeNumber)
    .option('--precision <share>', 'look several times and stop early; the change to be able to find, e.g. 5%')
    .option('--seed <n>', 'seed of everything random (default: from the time)', wholeNumber)
    .option('--link <address>', 'where the run can be looked at')
    .option('--out <folder>', 'where runs are kept', OUT)
    .option('--require-verdict', 'exit with 4 when the result is inconclusive')
    .option('--json', 'print the outcome as JSON')
    .action(lazy(() => import('./commands/confirm.ts')));

  bench
    .command('alert <history>')
    .summary('tell of confirmed changes, once each')
    .description(
      'tell of changes that booting their images confirmed, once each: an issue that is closed when the change goes away, and a webhook; of what is inconclusive nothing is said',
    )
    .option('--webhook <url>', 'also post them as JSON (signed with BENCH_WEBHOOK_SECRET, if set)')
    .option('--webhook-format <format>', 'bench (JSON), slack or teams (default: from the address)')
    .option('--repo <owner/name>', 'where issues are opened (default: that of the job)')
    .option('--dry-run', 'print what there is to tell, tell nobody')
    .option('--json', 'print it as JSON')
    .action(lazy(() => import('./commands/alert.ts')));

  bench
    .command('calibrate <folder>')
    .description('how often the gate cried wolf so far, from the A/A runs in a folder')
    .option('--json', 'print it as JSON')
    .action(lazy(() => import('./commands/calibrate.ts')));

  bench
    .command('gc')
    .description('find and delete what a killed run left in the cloud')
    .option('--scenario <name>', 'take subscription, credentials and cloud from this scenario')
    .option('--subscription <id>', 'default: AZURE_SUBSCRIPTION_ID')
    .option('--yes', 'delete what is due; without it, it is only listed')
    .option('--all', 'also what is not due yet: only when no run is going')
    .option('--offline', 'ask for no prices')
    .option('--json', 'print it as JSON')
    .action(lazy(() => import('./commands/gc.ts')));

  bench
    .command('scenarios')
    .description('list the scenarios and their questions')
    .option('--json', 'print them as JSON')
    .action(lazy(() => import('./commands/scenarios.ts')));

  bench
    .command('init <name>')
    .description('write a scenario to start from')
    .action(lazy(() => import('./commands/init.ts')));

  bench
    .command('doctor')
    .description('is this machine ready, or the subscription of a scenario, and what to do if not')
    .option('--scenario <name>', 'a scenario in Azure: look at its subscription, permissions, images and quota')
    .option('--json', 'print the findings as JSON')
    .action(lazy(() => import('./commands/doctor.ts')));

  bench
    .command('cache [action]')
    .summary('known boots: their size, prune, verify')
    .description(
      'boots in virtual time that need not be made again. Without an action: how many there are; prune: delete those longest unused; verify: read each one and delete what is damaged',
    )
    .option('--max-size <size>', 'prune: what may be left, e.g. 500M', '1G')
    .option('--all', 'prune: delete every one')
    .option('--json', 'print it as JSON')
    .action(lazy(() => import('./commands/cache.ts')));

  const image = bench.command('image').description('local images');
  image
    .command('build')
    .description('build the images of a scenario, or find them in the cache')
    .requiredOption('--scenario <name>', 'scenario: a name, or the path of a YAML file')
    .addOption(settings())
    .option('--json', 'print the disks as JSON')
    .action(lazy(() => import('./commands/image.ts')));

  bench.version(processWorld().version, '-V, --version', 'print the version');
  try {
    await bench.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  }
  return code;
}

function withDesign(command: Command): Command {
  return command
    .option('--scenario <name>', 'scenario: a name, or the path of a YAML file')
    .addOption(settings())
    .option('--before <image>', 'image of the baseline')
    .option('--after <image>', 'image of the candidate')
    .option('--boots <n>', 'boots per variant, one in each block', wholeNumber)
    .option('--precision <share>', 'look several times and stop early; the change to be able to find, e.g. 5%')
    .option('--aa', 'boot the baseline against itself, to see how often chance alone gives a verdict')
    .option(
      '--seed <n>',
      'seed of everything random (default: from the time; 1 where boots repeat, so that known ones need not be made again)',
      wholeNumber,
    )
    .option('--out <folder>', 'where runs are kept', OUT);
}

const settings = () =>
  new Option('--set <path=value>', 'override a value of the scenario, e.g. provider.timing=wall')
    .default([] as Setting[], 'none')
    .argParser((text: string, sofar: Setting[]) => {
      const [path, ...value] = text.split('=');
      if (!path || value.length === 0) throw new InvalidArgumentError('It takes path=value.');
      return [...sofar, { path, value: value.join('=') }];
    });

function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('It takes a whole number.');
  return Number(text);
}
