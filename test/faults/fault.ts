import type { Random } from './random.js';
import type { Rig } from './rig.js';

/** What `--only` names: faults of one kind, and nothing else. */
export type FaultKind =
  'processes' | 'clickhouse' | 'kafka' | 'registry' | 'rebalances' | 'damage' | 'settings' | 'set-aside' | 'topics';

/** A fault that is put upon a running installation, and taken off again. */
export interface Fault {
  readonly name: string;
  readonly kind: FaultKind;
  /** Faults of equal resources follow one another. */
  readonly resource: string;
  /** Whether it waits until all that was published has been judged; a further stream follows it. */
  readonly between?: boolean;
  /** Whether it means nothing without a stream that flows. */
  readonly flowing?: boolean;
  /** Whether a short run has it too. */
  readonly quick: boolean;
  /** Resolves when it is over. @returns how many requests met it, where that is known. */
  readonly inflict: (rig: Rig, random: Random) => Promise<number | void>;
}

/** Milliseconds that faults wait for what must come about: no promise of how fast, only that it does, on a busy machine too. */
export const PATIENCE = 180_000;

export const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

export const between = (least: number, most: number, random: Random): number =>
  least + Math.floor(random() * (most - least));

/** Waits for what a fault must bring about; that it does not is what the audit then tells. @returns whether it came about. */
export async function met(
  rig: Rig,
  what: string,
  bound: number,
  condition: () => Promise<boolean> | boolean,
): Promise<boolean> {
  const deadline = performance.now() + bound;
  while (!(await condition())) {
    if (performance.now() > deadline) {
      rig.expectations.unmet.push(`${what}: not within ${bound / 1000} s`);
      return false;
    }
    await pause(250);
  }
  return true;
}
