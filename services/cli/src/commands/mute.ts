import { formatDuration, parseDuration } from '@tidemark/contracts';
import type { Mute } from '@tidemark/monitoring';
import { originOf, publishing, stateOf, type ControlPlace, type WhoOptions } from '../control/control-place.js';
import { nameOf } from '../control/describe-change.js';
import { printable, printableTime } from '../printable.js';
import { UsageError } from '../exit-codes.js';
import { momentOf } from '../moment.js';
import { print, table } from '../terminal.js';

export interface MuteOptions extends Pick<WhoOptions, 'by'> {
  readonly reason: string;
  readonly from?: string;
  readonly to?: string;
  readonly for?: string;
  readonly every?: string;
  readonly column: readonly string[];
}

/** Keeps the incidents of a model (`*`: of every model) in a time from being sent; they are kept and shown. */
export async function runMute(
  place: ControlPlace,
  model: string,
  version: string,
  options: MuteOptions,
): Promise<void> {
  const mute = muteOf(options, place.now());
  const origin = originOf({ ...options, comment: options.reason }, place.now);
  const { id } = await publishing(place, (publisher) => publisher.mute({ model, version }, mute, origin));
  print(`Mute ${id} of ${nameOf(model, version)}: ${describeMute(mute)}.`);
  print(`\`tidemark unmute ${id}\` takes it back.`);
}

/** Lists the mutes that were published, those that are over included. */
export async function listMutes(place: ControlPlace): Promise<void> {
  const { mutes } = await stateOf(place);
  if (mutes.length === 0) print('No mutes were published. A monitor file may state some of its own.');
  else {
    const rows = mutes.map(({ id, model, version, mute, by }) => [
      ...[id, printable(model), printable(version), describeMute(mute), printable(by)],
    ]);
    print(...table(['mute', 'model', 'version', 'when and why', 'by'], rows));
  }
}

export async function runUnmute(place: ControlPlace, id: string, options: WhoOptions): Promise<void> {
  await publishing(place, (publisher) => publisher.unmute(id, originOf(options, place.now)));
  print(`Mute ${id} was taken back.`);
}

/** @throws UsageError with everything that is wrong. */
function muteOf(options: MuteOptions, now: number): Mute {
  const from = options.from === undefined ? now : momentOf('--from', options.from);
  const faults: string[] = [];
  if ((options.to === undefined) === (options.for === undefined)) {
    throw new UsageError(['a mute needs its end: either --to <time> or --for <duration>']);
  }
  const lasts = options.for === undefined ? null : durationOf('--for', options.for);
  const to = options.to === undefined ? from + (lasts ?? 0) : momentOf('--to', options.to);
  const every = options.every === undefined ? null : durationOf('--every', options.every);
  if (to <= from) faults.push(`the mute would end (${printableTime(to)}) before it begins (${printableTime(from)})`);
  if (every !== null && every < to - from) faults.push(`--every ${options.every}: is shorter than the mute itself`);
  if (options.reason.trim() === '') faults.push('--reason: is empty');
  if (faults.length > 0) throw new UsageError(faults);
  return { from, to, every, reason: options.reason, columns: options.column.length === 0 ? null : options.column };
}

function durationOf(option: string, text: string): number {
  const duration = parseDuration(text);
  if (duration !== null && duration > 0) return duration;
  throw new UsageError([`${option} ${text}: must be a duration such as 30m, 2h or 1d`]);
}

function describeMute({ from, to, every, reason, columns }: Mute): string {
  const again = every === null ? '' : `, again every ${formatDuration(every)}`;
  const about = columns === null ? '' : ` for ${columns.map(printable).join(', ')}`;
  return `from ${printableTime(from)} to ${printableTime(to)}${again}${about} (${printable(reason)})`;
}
