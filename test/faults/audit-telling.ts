import type { Discrepancies } from './discrepancies.js';
import type { NamedStream } from './expectations.js';
import { SERVICES } from './replica.js';
import type { Rig } from './rig.js';

/** What services log of a saved position that is not in the log. */
export const DISPLACED = 'The saved position is not in the log';

const nameOf = ({ model, version, role }: NamedStream) => `${model} ${version} ${role}`;

/** No service says that its position is not in the log, unless a fault has made it so. */
export function auditPositions(rig: Rig, discrepancies: Discrepancies): void {
  for (const service of SERVICES) {
    for (const { message, topic, partition, position } of rig.linesOf(service)) {
      if (typeof message !== 'string' || !message.startsWith(DISPLACED)) continue;
      if (rig.expectations.displaced.has(topic as string)) continue;
      const place = JSON.stringify([topic, partition, position]);
      discrepancies.add('position', `${service} lost its place in ${place}, and nobody had made the topic anew`);
    }
  }
}

/** Streams that were made to fail have been set aside and brought back, each as often, and no other stream was ever set aside. */
export async function auditSetAside(rig: Rig, discrepancies: Discrepancies): Promise<void> {
  const wanted = new Map<string, number>();
  for (const stream of rig.expectations.setAside) wanted.set(nameOf(stream), (wanted.get(nameOf(stream)) ?? 0) + 1);
  const rows = await rig.front.query<NamedStream & { opened: number; resolved: number }>(
    `SELECT model, version, role, countIf(status = 'opened') AS opened, countIf(status = 'resolved') AS resolved
     FROM tidemark.drift_events WHERE signal = 'stream-set-aside' GROUP BY ALL`,
  );
  const found = new Map(rows.map((row) => [nameOf(row), row]));
  for (const name of new Set([...wanted.keys(), ...found.keys()])) {
    const times = wanted.get(name) ?? 0;
    const { opened = 0, resolved = 0 } = found.get(name) ?? {};
    if (opened === times && resolved === times) continue;
    discrepancies.add('set aside', `${name}: ${opened} times, and back ${resolved} times, must be ${times}`);
  }
}

/** Settings that were changed have been in force: a change that nobody takes up loses nothing. */
export async function auditSettings(rig: Rig, discrepancies: Discrepancies): Promise<void> {
  const panes = await rig.front.query<{ model: string; size: number }>(
    `SELECT DISTINCT model, pane_size_ms AS size FROM tidemark.panes`,
  );
  for (const wanted of rig.expectations.panesOf) {
    if (panes.some(({ model, size }) => model === wanted.model && size === wanted.size)) continue;
    discrepancies.add('setting', `panes of ${wanted.size} ms of ${wanted.model} were never written`);
  }
  const regions = await rig.front.query<{ model: string }>(
    `SELECT DISTINCT model FROM tidemark.panes WHERE segment_dimension = 'region'`,
  );
  for (const wanted of rig.expectations.byRegion) {
    if (regions.some(({ model }) => model === wanted)) continue;
    discrepancies.add('setting', `${wanted} was never watched by region`);
  }
}
