import type { Stream } from '../model/stream.js';

/** The end of a version: it had no events from a time on, milliseconds since the epoch, while another served in the same role. */
export interface Ending {
  readonly since: number;
  readonly successor: string;
}

/** What is known of when a version serves. */
export interface Heard {
  readonly stream: Stream;
  /** The greatest event time seen, milliseconds since the epoch; -Infinity before the first. */
  readonly lastEvent: number;
  /** Another version has taken its place for good; null: none has. */
  readonly ended: Ending | null;
}

/**
 * The version that serves in a stream's place by a window: it has had events since the window began, in the same role; null: none.
 * One that went on after the window, in which the stream had none, has taken its place for good: whatever becomes of it then, no more
 * is expected of the stream until it has events of its own.
 *
 * @param all the versions of the model, the stream among them. @param start, end of the window, milliseconds since the epoch.
 */
export function successionOf(
  of: Heard,
  all: readonly Heard[],
  start: number,
  end: number,
): { readonly successor: string | null; readonly ended: Ending | null } {
  const { role, version } = of.stream;
  if (of.ended !== null && of.lastEvent < of.ended.since) return { successor: of.ended.successor, ended: of.ended };
  const last = all
    .filter(({ stream, lastEvent }) => stream.role === role && stream.version !== version && lastEvent >= start)
    .reduce<Heard | null>(
      (latest, each) => (latest === null || each.lastEvent > latest.lastEvent ? each : latest),
      null,
    );
  if (last === null) return { successor: null, ended: null };
  const successor = last.stream.version;
  const ended = last.lastEvent >= end && of.lastEvent < start ? { since: start, successor } : null;
  return { successor, ended };
}
