import type { Replica, ServiceName } from './replica.js';
import type { Passing, Trap } from './trap.js';

/** A point in what a service does, at which it is killed. */
export interface Step {
  readonly service: ServiceName;
  readonly name: string;
  readonly moment: Passing['moment'];
  /** The topic that the service reads then, where it reads several. */
  readonly reading?: 'inference-events' | 'ground-truth';
}

const after = (service: ServiceName, names: readonly string[], reading?: Step['reading']): Step[] =>
  names.map((name) => ({ service, name, moment: 'after', ...(reading === undefined ? {} : { reading }) }));

/** The transactional id is taken over, and a former owner's transaction ended. */
const TAKE_OVER = 'InitProducerId';
const TRANSACTION = ['AddPartitionsToTxn', 'Produce', 'AddOffsetsToTxn', 'TxnOffsetCommit', 'EndTxn'];

/**
 * Every effect of a service in the order in which they come about, and a death between each and the next: after one, nobody outside
 * the service can tell whether the next had been begun.
 */
export const STEPS: readonly Step[] = [
  { service: 'sketcher', name: TRANSACTION[0], moment: 'before' },
  ...after('sketcher', [...TRANSACTION, TAKE_OVER]),
  { service: 'detector', name: 'INSERT pane_columns_raw', moment: 'before' },
  ...after('detector', [
    'INSERT pane_columns_raw',
    'INSERT pane_joint_raw',
    'INSERT pane_quality_raw',
    'INSERT panes_raw',
  ]),
  ...after('detector', ['INSERT baseline_columns_raw', 'INSERT baseline_windows_raw', 'INSERT baselines_raw']),
  ...after('detector', ['INSERT windows_raw', 'INSERT drift_events_raw']),
  ...after('detector', [...TRANSACTION, TAKE_OVER, 'SELECT panes']),
  ...after('outcomes', ['INSERT predictions_raw']),
  ...after('outcomes', ['AddOffsetsToTxn', 'TxnOffsetCommit', 'EndTxn', TAKE_OVER], 'inference-events'),
  ...after('outcomes', [
    'INSERT labels_raw',
    'INSERT label_arrivals',
    'INSERT label_joins',
    'INSERT waiting_labels_raw',
  ]),
  ...after('outcomes', [...TRANSACTION, TAKE_OVER], 'ground-truth'),
  // A label that waited has been sent again, and nobody has noted it.
  { service: 'outcomes', name: 'INSERT waiting_labels_raw settled', moment: 'before' },
  ...after('outcomes', ['INSERT waiting_labels_raw settled']),
];

/** Kills services at steps, each once, in whatever order they come to them. */
export class StepKiller {
  readonly #pending = new Set<Step>();
  /** Services that have committed since they were started. */
  readonly #working = new Set<ServiceName>();
  readonly #dying = new Set<ServiceName>();
  #settled!: () => void;
  readonly #done = new Promise<void>((resolve) => (this.#settled = resolve));

  /** @param replicaOf the one instance that a service has. */
  constructor(
    steps: readonly Step[],
    private readonly replicaOf: (service: ServiceName) => Replica,
    private readonly onKill: (step: Step) => void,
  ) {
    this.#pending = new Set(steps);
  }

  readonly trap: Trap = async ({ name, clientId, transactionalId, moment }) => {
    if (clientId !== null && [...this.#dying].some((service) => clientId === clientIdOf(service))) return true;
    const step = [...this.#pending].find(
      (each) =>
        each.name === name &&
        each.moment === moment &&
        // Statements tell by their tables whose they are.
        (clientId === null || clientId === clientIdOf(each.service)) &&
        (each.reading === undefined || transactionalId?.includes(each.reading) === true) &&
        !this.#dying.has(each.service) &&
        // What every commit has can wait until the service has committed something: so the stream goes on between deaths.
        (this.#working.has(each.service) || !TRANSACTION.includes(name)),
    );
    if (step === undefined) {
      if (name === 'EndTxn' && moment === 'after') this.#committed(clientId);
      return false;
    }
    const { service } = step;
    this.#pending.delete(step);
    this.#working.delete(service);
    this.#dying.add(service);
    this.onKill(step);
    await this.replicaOf(service).kill();
    this.#dying.delete(service);
    if (this.#pending.size === 0) this.#settled();
    return true;
  };

  #committed(clientId: string | null): void {
    for (const service of SERVICES) if (clientId === clientIdOf(service)) this.#working.add(service);
  }

  /** Waits until a service has died at every step. @returns those that none came to in time. */
  async finished(bound: number): Promise<readonly Step[]> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, bound)));
    await Promise.race([this.#done, late]);
    clearTimeout(timer);
    return [...this.#pending];
  }
}

const SERVICES: readonly ServiceName[] = [...new Set(STEPS.map(({ service }) => service))];

/** What the services call themselves before the brokers. */
const clientIdOf = (service: ServiceName) => `tidemark-${service}`;

export const nameOfStep = ({ service, name, moment, reading }: Step): string =>
  `SIGKILL ${service} ${moment} ${name}${reading === undefined ? '' : ` of ${reading}`}`;
