import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { RecordWriter } from '@tidemark/contracts';
import type { Monitor } from '@tidemark/monitoring';
import { closeStores, Installation, MINUTE, MONITOR, START } from './installation.js';

const CHANGES: Readonly<Record<string, Partial<Monitor>>> = {
  'allowed_lateness to 10m': { allowedLateness: 10 * MINUTE },
  'allowed_lateness to 0s': { allowedLateness: 0 },
  'pane to 5m': { pane: 5 * MINUTE },
  windows: { windows: [10, 15].map((minutes) => ({ size: minutes * MINUTE, slide: minutes * MINUTE, origin: 0 })) },
};

after(closeStores);

describe('A detector that is started again with another setting, and again with the first', () => {
  for (const [what, changed] of Object.entries(CHANGES)) {
    it(`leaves each event in one pane of the store: ${what}`, async () => {
      const installation = await Installation.open();
      const minutes = 30;
      const records = await installation.sketched(minutes, true);
      const writer = await RecordWriter.open(installation.registry, ['SourceWatermark']);
      const mark = { sourcePartition: 0, sourcePartitions: 1, watermark: START + 24 * 60 * MINUTE, idleFor: 0 };
      const end = { topic: installation.topics.partials, partition: 0, key: null };
      const third = Math.floor(records.length / 3);
      const lots = [
        records.slice(0, third),
        records.slice(third, 2 * third),
        [...records.slice(2 * third), { ...end, value: writer.encode('SourceWatermark', mark) }],
      ];
      for (const [index, lot] of lots.entries()) {
        const monitor = index === 1 ? { ...MONITOR, ...changed } : MONITOR;
        const detector = await installation.start({ monitors: [monitor] });
        await installation.send(lot, detector);
        await installation.settled();
        await detector.stop();
      }
      const [{ events }] = await installation.store.query<{ events: number }>(
        `SELECT sum(events) AS events FROM ${installation.store.database}.panes WHERE segment_dimension = ''`,
      );
      assert.equal(Number(events), minutes * 300);
      await installation.log.close();
    });
  }
});
