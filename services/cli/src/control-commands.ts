import { Command } from 'commander';
import type { ApplyOptions } from './commands/apply.js';
import type { ResumeOptions } from './commands/incident-answers.js';
import type { DiffOptions, RollbackOptions, ShowOptions } from './commands/monitors.js';
import type { MuteOptions } from './commands/mute.js';
import type { ControlPlace, WhoOptions } from './control/control-place.js';

const BY = ['--by <name>', 'who does it (default: the user of this machine)'] as const;
const COMMENT = ['--comment <text>', 'why'] as const;
const MODEL = ['<model>', "the model's name, or * for every model without a monitor of its own"] as const;
const VERSION = ['[version]', 'the version, or * for every version without a monitor of its own'] as const;

async function withControl(run: (place: ControlPlace) => Promise<void>): Promise<void> {
  await (await import('./control/control-place.js')).withControl(run);
}

/** Adds the commands whose changes take force through the log: the services that run take them up without a restart. */
export function addControlCommands(program: Command): void {
  program
    .command('apply')
    .description('publish monitor files to the services that run: nothing is restarted')
    .argument('<path>', 'a monitor file, or a folder of them')
    .option('--dry-run', 'only show what would change', false)
    .option('--prune', 'remove monitors that were applied and are not among the files', false)
    .option('--expect-revision <number>', 'apply a file of one monitor only if this revision is in force (0: none)')
    .option(...BY)
    .option(...COMMENT)
    .action(async (path: string, options: ApplyOptions) => {
      const { runApply } = await import('./commands/apply.js');
      await withControl((place) => runApply(place, path, options));
    });
  program.addCommand(monitorsCommand());
  addMuteCommands(program);
  program
    .command('ack')
    .description('say that somebody takes care of an incident')
    .argument('<incident>', "the incident's id, as drift events have it")
    .option(...BY)
    .option(...COMMENT)
    .action(async (incident: string, options: WhoOptions) => {
      const { runAck } = await import('./commands/incident-answers.js');
      await withControl((place) => runAck(place, incident, options));
    });
  program
    .command('feedback')
    .description('say whether an incident was real')
    .argument('<incident>', "the incident's id, as drift events have it")
    .argument('<answer>', 'false-alarm or real')
    .option(...BY)
    .option(...COMMENT)
    .action(async (incident: string, answer: string, options: WhoOptions) => {
      const { runFeedback } = await import('./commands/incident-answers.js');
      await withControl((place) => runFeedback(place, incident, answer, options));
    });
  const state = program.command('state').description('what detectors remember');
  state
    .command('forget')
    .description('delete what is remembered of a partition; stop the detectors first')
    .argument('<partition>', 'of the topic of partials')
    .action(async (partition: string) => {
      const { runStateForget } = await import('./commands/state.js');
      await runStateForget(partition);
    });
  program
    .command('resume')
    .description('let streams of a model go on that were set aside')
    .argument('<model>', "the model's name")
    .argument('[version]', 'the version; all unless stated', '*')
    .option('--role <role>', 'champion, shadow or canary; all unless stated')
    .option('--skip', 'without the records that wait for them', false)
    .option(...BY)
    .option(...COMMENT)
    .action(async (model: string, version: string, options: ResumeOptions) => {
      const { runResume } = await import('./commands/incident-answers.js');
      await withControl((place) => runResume(place, model, version, options));
    });
}

function monitorsCommand(): Command {
  const monitors = new Command('monitors').description(
    'the monitors that were applied: list, show, compare, roll back',
  );
  monitors
    .command('list')
    .description('list those that are in force, with who applied them and when')
    .option('--json', 'print them as JSON lines, with their documents', false)
    .action(async ({ json }: { json: boolean }) => {
      const { listMonitors } = await import('./commands/monitors.js');
      await withControl((place) => listMonitors(place, json));
    });
  monitors
    .command('show')
    .description('print one as it was given, and the revisions that are kept')
    .argument(...MODEL)
    .argument(...VERSION, '*')
    .option('--revision <number>', 'a former one instead')
    .action(async (model: string, version: string, options: ShowOptions) => {
      const { showMonitor } = await import('./commands/monitors.js');
      await withControl((place) => showMonitor(place, model, version, options));
    });
  monitors
    .command('diff')
    .description('compare two revisions: the one in force with that before it unless stated')
    .argument(...MODEL)
    .argument(...VERSION, '*')
    .option('--from <number>', 'the older revision')
    .option('--to <number>', 'the newer revision')
    .action(async (model: string, version: string, options: DiffOptions) => {
      const { diffMonitor } = await import('./commands/monitors.js');
      await withControl((place) => diffMonitor(place, model, version, options));
    });
  monitors
    .command('rollback')
    .description('bring a former revision back into force, as a new one')
    .argument(...MODEL)
    .argument(...VERSION, '*')
    .option('--to <number>', 'which; the one before that in force unless stated')
    .option('--dry-run', 'only show what would change', false)
    .option(...BY)
    .option(...COMMENT)
    .action(async (model: string, version: string, options: RollbackOptions) => {
      const { rollBackMonitor } = await import('./commands/monitors.js');
      await withControl((place) => rollBackMonitor(place, model, version, options));
    });
  return monitors;
}

function addMuteCommands(program: Command): void {
  program
    .command('mute')
    .description('keep incidents of a time from being sent; they are kept and shown')
    .argument('<model>', "the model's name, or * for every model")
    .argument('[version]', 'the version; all unless stated', '*')
    .requiredOption('--reason <text>', 'why; the incidents carry it')
    .option('--from <time>', 'its beginning, as a time or how long ago (default: now)')
    .option('--to <time>', 'its end, as a time')
    .option('--for <duration>', 'how long it lasts instead (2h)')
    .option('--every <duration>', 'after how long it comes again (7d); once unless stated')
    .option(
      '--column <name>',
      'only incidents about this column; may be given several times',
      (column: string, columns: readonly string[]) => [...columns, column],
      [],
    )
    .option(...BY)
    .action(async (model: string, version: string, options: MuteOptions) => {
      const { runMute } = await import('./commands/mute.js');
      await withControl((place) => runMute(place, model, version, options));
    });
  program
    .command('mutes')
    .description('list the mutes that were published')
    .action(async () => {
      const { listMutes } = await import('./commands/mute.js');
      await withControl((place) => listMutes(place));
    });
  program
    .command('unmute')
    .description('take a mute back')
    .argument('<mute>', 'its id, as `tidemark mutes` shows it')
    .option(...BY)
    .option(...COMMENT)
    .action(async (id: string, options: WhoOptions) => {
      const { runUnmute } = await import('./commands/mute.js');
      await withControl((place) => runUnmute(place, id, options));
    });
}
