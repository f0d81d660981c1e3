import { formatDuration, parseDuration } from './duration.js';

/** The false alarms that a user accepts: `count` in `per` milliseconds. */
export interface FalseAlarms {
  readonly count: number;
  readonly per: number;
}

/** The false alarms of a text such as `1 per 30d` or `0.5 per 7d`, both parts above 0; null for anything else. */
export function parseFalseAlarms(text: string): FalseAlarms | null {
  const [, count, period] = /^(\d+(?:\.\d+)?) per (\S+)$/.exec(text.trim()) ?? [];
  const per = period === undefined ? null : parseDuration(period);
  return per !== null && per > 0 && Number(count) > 0 ? { count: Number(count), per } : null;
}

/** False alarms as people write them: `1 per 30d`. */
export function formatFalseAlarms({ count, per }: FalseAlarms): string {
  return `${count} per ${formatDuration(per)}`;
}
