import type { Fault } from './fault.js';
import { met, PATIENCE, pause } from './fault.js';
import type { NamedStream } from './expectations.js';
import type { Rig } from './rig.js';
import { STEADY_MODELS } from './stream.js';

const FAILING: readonly NamedStream[] = [
  { model: 'fraud', version: '2', role: 'champion' },
  { model: 'churn', version: '2', role: 'champion' },
  { model: 'fresh', version: '2', role: 'champion' },
];

/** A stream that cannot go on, beside sound ones: they are judged all the while, over a death of the detector too; mended and brought back, it lacks nothing. */
export const SET_ASIDE_FAULT: Fault = {
  ...{ name: 'stream set aside and brought back', kind: 'set-aside', resource: 'partials', flowing: true, quick: true },
  inflict: async (rig, random) => {
    const stream = FAILING[Math.floor(random() * FAILING.length)];
    rig.expectations.setAside.push(stream);
    const name = `${stream.model} ${stream.version}`;
    rig.failStream(stream);
    const isIt = (line: Record<string, unknown>) =>
      line.message === 'stream set aside' && line.model === stream.model && line.version === stream.version;
    const before = rig.linesOf('detector').filter(isIt).length;
    await met(rig, `${name} was set aside`, PATIENCE, () => rig.linesOf('detector').filter(isIt).length > before);
    const detectors = rig.of('detector');
    const killedAt = await detectors[Math.floor(random() * detectors.length)].kill();
    await met(rig, `sound streams were judged beside ${name}`, PATIENCE, () => soundOnes(rig, killedAt));
    // The events of the store are those of the log, and written before.
    if (await hasWindowSince(rig, stream, killedAt)) {
      rig.expectations.unmet.push(`${name} was judged although it was set aside`);
    }
    rig.failStream(null);
    await pause(1000);
    await rig.persistently('resume', stream.model, stream.version, '--by', 'faults');
    await met(rig, `${name} was brought back`, PATIENCE, async () => {
      const [{ back }] = await rig.front.query<{ back: number }>(
        `SELECT count() AS back FROM tidemark.drift_events
         WHERE signal = 'stream-set-aside' AND status = 'resolved' AND model = '${stream.model}' AND version = '${stream.version}'`,
      );
      return back >= rig.expectations.setAside.filter(({ model }) => model === stream.model).length;
    });
  },
};

/** Whether every model has had a window of its first version since a moment. */
async function soundOnes(rig: Rig, since: number): Promise<boolean> {
  const rows = await rig.front.query<{ model: string }>(
    `SELECT DISTINCT model FROM tidemark.windows_raw
     WHERE version = '1' AND role = 'champion' AND column = '' AND toUnixTimestamp64Milli(written_at) > ${since}`,
  );
  const judged = new Set(rows.map(({ model }) => model));
  return STEADY_MODELS.every((model) => judged.has(model));
}

async function hasWindowSince(rig: Rig, { model, version, role }: NamedStream, since: number): Promise<boolean> {
  const [{ windows }] = await rig.front.query<{ windows: number }>(
    `SELECT count() AS windows FROM tidemark.windows_raw WHERE model = '${model}' AND version = '${version}'
     AND role = '${role}' AND toUnixTimestamp64Milli(written_at) > ${since}`,
  );
  return windows > 0;
}
