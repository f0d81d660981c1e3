import { writeFile } from 'node:fs/promises';
import { drawApplicant } from './applicants.js';
import { Random } from './random.js';

const MINUTE = 60_000;
const HOURS = 24;
const ROWS_PER_MINUTE = 60;

/**
 * Writes what the simulated model was trained on: a day of applications like those to come, a JSON line each, before anything is
 * wrong. A day has enough windows of five minutes to show how windows vary among themselves.
 *
 * @param end of the day, milliseconds since the epoch.
 */
export async function writeTrainingData(path: string, end: number, seed: number): Promise<void> {
  const random = new Random(seed);
  const lines: string[] = [];
  for (let minute = 0; minute < HOURS * 60; minute++) {
    for (let index = 0; index < ROWS_PER_MINUTE; index++) {
      const time = end - (HOURS * 60 - minute) * MINUTE + Math.floor((index / ROWS_PER_MINUTE) * MINUTE);
      const { features, country, score, decision } = drawApplicant(random, -1);
      lines.push(JSON.stringify({ time, country, score, decision, ...features }));
    }
  }
  await writeFile(path, `${lines.join('\n')}\n`);
}
