import { between, met, PATIENCE, pause, type Fault } from './fault.js';
import { monitorFile, monitorOf, type ChangedSettings } from './monitor-documents.js';
import { PARTITIONS, VISITOR, type Rig } from './rig.js';

/** Changed by `tidemark apply`, and by another file and a restart: an applied monitor goes before that of a file, so each has a model of its own. */
const APPLIED = 'fresh';
const RESTARTED = 'churn';

interface Change {
  readonly name: string;
  readonly changes: Partial<ChangedSettings>;
  /** The pane that must be seen for a while, milliseconds. */
  readonly pane?: number;
  readonly quick: boolean;
}

const CHANGES: readonly Change[] = [
  { name: 'pane up and down', changes: { pane: '30s' }, pane: 30_000, quick: true },
  { name: 'pane down and up', changes: { pane: '5s' }, pane: 5000, quick: false },
  { name: 'allowed lateness up and down', changes: { lateness: '10m' }, quick: false },
  { name: 'allowed lateness down and up', changes: { lateness: '1s' }, quick: false },
  { name: 'segments added and removed', changes: { segments: 'country, region' }, quick: false },
  {
    name: 'windows and limits',
    changes: { windows: '30s, 1m, 2m', mostSegments: 50, mostColumns: 50 },
    quick: false,
  },
];

/** Settings that go one way and come back, while the stream flows. */
export const SETTINGS_FAULTS: readonly Fault[] = CHANGES.flatMap((change): Fault[] => {
  const { name, changes } = change;
  const common = { kind: 'settings', flowing: true, quick: change.quick } as const;
  return [
    {
      ...{ ...common, name: `settings applied: ${name}`, resource: 'applied settings' },
      inflict: async (rig, random) => {
        expectOf(rig, APPLIED, change);
        await applied(rig, changes);
        await pause(between(3000, 5000, random));
        await applied(rig, {});
      },
    },
    {
      ...{ ...common, name: `settings by restart: ${name}`, resource: 'settings of files' },
      inflict: async (rig, random) => {
        expectOf(rig, RESTARTED, change);
        await restarted(rig, monitorFile({ model: RESTARTED, changes }));
        await pause(between(3000, 5000, random));
        await restarted(rig, monitorFile());
      },
    },
  ];
});

function expectOf({ expectations }: Rig, model: string, { changes, pane }: Change): void {
  if (pane !== undefined) {
    expectations.panesOf.push({ model, size: pane });
    expectations.longestPane.set(model, Math.max(pane, expectations.longestPane.get(model) ?? 0));
  }
  if (changes.segments !== undefined) expectations.byRegion.add(model);
}

async function applied(rig: Rig, changes: Partial<ChangedSettings>): Promise<void> {
  const taken = () => rig.linesOf('detector').filter(({ kind, by }) => kind === 'monitor' && by === 'faults').length;
  const before = taken();
  await rig.apply(monitorOf(APPLIED, changes));
  // One that is killed may say it twice of a partition, so this is a lower bound; panes and segments are looked at in the end.
  await met(rig, `${APPLIED}: a change was taken up`, PATIENCE, () => taken() >= before + PARTITIONS);
}

/** Restarts every service, and waits until the sketchers have started. */
async function restarted(rig: Rig, monitors: string): Promise<void> {
  const started = () => rig.linesOf('sketcher').filter(({ message }) => message === 'sketcher started').length;
  const before = started();
  const sketchers = rig.of('sketcher').filter(({ name }) => name !== VISITOR).length;
  await rig.restartWith(monitors);
  await met(rig, 'sketchers started again', PATIENCE, () => started() >= before + sketchers);
}
