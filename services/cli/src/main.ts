#!/usr/bin/env node
import { inspect } from 'node:util';
import { Command, CommanderError, Option } from 'commander';
import type { DoctorOptions } from './commands/doctor.js';
import type { BacktestOptions } from './commands/backtest.js';
import type { BaselineBuildOptions } from './commands/baseline.js';
import type { LetterOptions, LetterReplayOptions } from './commands/dead-letters.js';
import type { LabelsExportOptions, LabelsImportOptions } from './commands/labels.js';
import type { MigrateOptions } from './commands/migrate.js';
import type { ReplayOptions } from './commands/replay.js';
import { DEFAULT_STORE_FOLDER } from './connections.js';
import { addControlCommands } from './control-commands.js';
import { ExitCode, UsageError } from './exit-codes.js';
import { leaveStandardInput } from './standard-input.js';
import { complain, print } from './terminal.js';

const STORE = '--store <folder>';
const STORE_HELP = `folder of an embedded store (default: the server of TIDEMARK_CLICKHOUSE_URL, else ${DEFAULT_STORE_FOLDER})`;

// Before anything that could read it.
leaveStandardInput();

const linesOf = (text: string): string[] => text.replace(/\n$/, '').split('\n');

/** Commands load what they need when they run: `--help` loads no engine. */
const program = new Command('tidemark')
  .configureOutput({
    writeOut: (text) => print(...linesOf(text)),
    writeErr: (text) => complain(...linesOf(text)),
  })
  .description('Watches machine-learning models in production')
  .exitOverride()
  .showHelpAfterError();

program
  .command('demo')
  .description('run the whole pipeline here, on simulated traffic with known faults')
  .option(
    '--store <folder>',
    'folder for the embedded store: a new one, an empty one, or that of an earlier demonstration, whose data are removed',
    '.tidemark/demo',
  )
  .option('--seed <number>', 'seed of the simulated traffic', Number, 7)
  .action(async ({ store, seed }: { store: string; seed: number }) => {
    const { runDemo } = await import('./commands/demo.js');
    process.exitCode = await runDemo(store, seed);
  });

program
  .command('check')
  .description('check monitor files: every fault at once, exit code 2')
  .argument('<path>', 'a monitor file, or a folder of them')
  .action(async (path: string) => (await import('./commands/check.js')).runCheck(path));

program
  .command('migrate')
  .description("bring ClickHouse's tables up to this version")
  .option(STORE, STORE_HELP)
  .addOption(
    new Option('--cluster <name>', 'make the tables on a cluster of the server, replicated').conflicts('store'),
  )
  .option(
    '--retention-days <count>',
    'remove rows of panes, windows, quality, drift events and labelling requests that are older, by event time; none: keep them for good (default: as it was)',
  )
  .action(async (options: MigrateOptions) => (await import('./commands/migrate.js')).runMigrate(options));

program
  .command('baseline')
  .description('make baselines')
  .command('build')
  .description('build a baseline from a file: CSV, Parquet, JSON lines, or any format that ClickHouse knows')
  .argument('<file>')
  .requiredOption('--monitor <file>', 'monitor file with a mapping of columns')
  .option('--format <name>', "the file's format, where its name does not tell")
  .option(STORE, STORE_HELP)
  .option('--store-only', 'do not publish it to Kafka, though TIDEMARK_BROKERS is set', false)
  .action(async (path: string, options: BaselineBuildOptions) =>
    (await import('./commands/baseline.js')).runBaselineBuild(path, options),
  );

program
  .command('replay')
  .description('run a file of past events through the sketcher and the detector')
  .requiredOption('--monitor <file>', 'monitor file with a mapping of columns')
  .requiredOption('--events <file>', 'the events: CSV, Parquet, JSON lines, or any format that ClickHouse knows')
  .option('--baseline <file>', 'the baseline; without it the first windows become it')
  .option(
    '--ground-truth <file>',
    'what turned out to be true, by event id; each comes at its observed_at, or as its window ends',
  )
  .option('--format <name>', "the files' format, where their names do not tell")
  .option(STORE, `folder of an embedded store (default: ${DEFAULT_STORE_FOLDER})`)
  .addOption(
    new Option(
      '--server',
      'write to the server of TIDEMARK_CLICKHOUSE_URL instead: what it has of the same model, version and time is replaced',
    )
      .default(false)
      .conflicts('store'),
  )
  .addOption(new Option('--output <form>', 'how drift events are printed').choices(['table', 'json']).default('table'))
  .option('--fail-on-drift', 'exit with code 3 where there is drift', false)
  .action(async (options: ReplayOptions) => {
    process.exitCode = await (await import('./commands/replay.js')).runReplay(options);
  });

program
  .command('backtest')
  .description('say what a monitor would have raised over a past, how often, and how the stated false alarms were kept')
  .requiredOption('--monitor <file>', 'monitor file; with a mapping of columns where files are read')
  .option('--events <file>', 'the past as a file: CSV, Parquet, JSON lines, or any format that ClickHouse knows')
  .option('--since <time>', "the past as the store's panes hold it, from a time on or from how long ago (30d)")
  .option('--until <time>', 'where that past ends; at its last pane unless stated')
  .option(STORE, STORE_HELP)
  .option('--baseline <file>', "the baseline; without it the store's, or the first windows become it")
  .option('--format <name>', "the files' format, where their names do not tell")
  .option(
    '--false-alarms <rate>',
    "a rate to judge by, such as '1 per 30d'; several are compared (default: the monitor's)",
    (rate: string, rates: readonly string[]) => [...rates, rate],
    [],
  )
  .option('--known <file>', 'the incidents that really were: columns from, to and, where known, column')
  .addOption(new Option('--output <form>', 'how the result is printed').choices(['table', 'json']).default('table'))
  .option('--fail-on-drift', 'exit with code 3 where an incident would have been sent', false)
  .action(async (options: BacktestOptions) => {
    process.exitCode = await (await import('./commands/backtest.js')).runBacktest(options);
  });

program
  .command('query')
  .description('run SQL on the store')
  .argument('<sql>')
  .option(STORE, STORE_HELP)
  .option('--json', 'print rows as JSON lines', false)
  .action(async (sql: string, { store, json }: { store?: string; json: boolean }) =>
    (await import('./commands/query.js')).runQuery(sql, store, json),
  );

const labels = program.command('labels').description('what is to be labelled, and what was');

labels
  .command('export')
  .description('print labelling requests as CSV, with columns to fill in')
  .requiredOption('--model <name>', 'of which model')
  .option('--version <version>', 'of which version; all unless stated')
  .option('--since <time>', 'only events since then, as a time or how long ago (7d)')
  .option('--limit <count>', 'how many at most, the oldest first', '10000')
  .option(STORE, STORE_HELP)
  .action(async (options: LabelsExportOptions) => (await import('./commands/labels.js')).runLabelsExport(options));

labels
  .command('import')
  .description('publish the labels of a filled-in sheet as ground truth')
  .argument('<file>', 'with event_id, true_class or true_value, and what else `export` prints')
  .option('--model <name>', 'of which model, where the file does not tell')
  .option('--format <name>', "the file's format, where its name does not tell")
  .action(async (path: string, options: LabelsImportOptions) =>
    (await import('./commands/labels.js')).runLabelsImport(path, options),
  );

const deadLetters = program
  .command('dead-letters')
  .description('records that could not be read: list, inspect, send again');
const REASON = ['--reason <reason>', 'only those turned away for this reason'] as const;
const SINCE = ['--since <time>', 'only those turned away since then, as a time or how long ago (2h)'] as const;

deadLetters
  .command('list')
  .description('count them by topic and reason, and show the newest')
  .option(...REASON)
  .option(...SINCE)
  .option('--limit <count>', 'how many to show', '20')
  .option('--json', 'print them as JSON lines, without the counts', false)
  .action(async (options: LetterOptions) => {
    const { listLetters, withLetters } = await import('./commands/dead-letters.js');
    await withLetters((box) => listLetters(box, options));
  });

deadLetters
  .command('show')
  .description('show all that is known of one')
  .argument('<letter>', 'its place, as `list` prints it')
  .action(async (place: string) => {
    const { showLetter, withLetters } = await import('./commands/dead-letters.js');
    await withLetters((box) => showLetter(box, place));
  });

deadLetters
  .command('replay')
  .description('send events and labels to the topic that they came from again, each at most once')
  .argument('[letters...]', 'their places, as `list` prints them')
  .option(...REASON)
  .option(...SINCE)
  .option('--all', 'all that were not sent again yet', false)
  .option('--limit <count>', 'how many at most', '1000')
  .option('--file <path>', 'a mended body to send instead; for one letter')
  .option('--yes', 'send; without it, only say what would be sent, and exit with code 2', false)
  .action(async (places: string[], options: LetterReplayOptions) => {
    const { replayChosen, withLetters } = await import('./commands/dead-letters.js');
    process.exitCode = await withLetters((box) => replayChosen(box, places, options));
  });

addControlCommands(program);

program
  .command('doctor')
  .description(
    'check all that services need (settings, monitors, Kafka, registry, ClickHouse) and say how to mend what is wrong',
  )
  .addOption(new Option('--output <form>', 'how the checks are printed').choices(['table', 'json']).default('table'))
  .addOption(
    new Option('--service <name>', 'whose groups and rights are checked; those of all unless stated').choices([
      ...['sketcher', 'detector', 'outcomes'],
    ]),
  )
  .option('--principal <user>', 'who has them in Kafka, as User:ann (default: who asks)')
  .action(async (options: DoctorOptions) => {
    process.exitCode = await (await import('./commands/doctor.js')).runDoctor(options);
  });

program
  .command('sketcher')
  .description('run the sketcher service; its settings are environment variables')
  .action(async () => (await import('./commands/run-service.js')).runSketcher());

program
  .command('detector')
  .description('run the detector service; its settings are environment variables')
  .action(async () => (await import('./commands/run-service.js')).runDetector());

program
  .command('outcomes')
  .description('run the outcomes service (prediction log, ground truth); its settings are environment variables')
  .action(async () => (await import('./commands/run-service.js')).runOutcomes());

/** What to do about a failure, by its code. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ['bad-file', 'Check the path, and give --format where the name of the file does not tell its format.'],
  ['unreachable', 'Check that it runs, and that the TIDEMARK_ variables hold its address.'],
  ['registry-unreachable', 'Check that the schema registry runs, and that TIDEMARK_REGISTRY_URL is its address.'],
  ['denied', 'Check the user and the password in the TIDEMARK_ variables.'],
]);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  // Commander has printed its own complaint; help and the like are no faults.
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  if (error instanceof UsageError) {
    complain(...error.lines);
    return ExitCode.usage;
  }
  const { code, message } = error as Error & { code?: string };
  // What nobody foresaw is told with its stack, which is lines.
  if (code === undefined) complain(...inspect(error).split('\n'));
  else complain(`${message} (${code})`);
  const advice = code === undefined ? undefined : ADVICE.get(code);
  if (advice !== undefined) complain(advice);
  return ExitCode.failure;
}
