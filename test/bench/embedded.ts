import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalRegistry, topicsOf } from '@tidemark/contracts';
import { startSketcher } from '@tidemark/sketcher';
import { migrate, Store } from '@tidemark/store';
import { MemoryLog, type OutRecord } from '@tidemark/transport';
import { startCountingDetector } from './counting-detector.js';
import { compareRates, measure, type Measured, type Subject } from './rates.js';
import { makeTopics, publishBaseline } from './topics.js';
import { benchMonitor, Traffic, TRAFFIC } from './traffic.js';

const EVENTS = 200_000;
const PARTITIONS = 4;
const RECORDS_A_SEND = 1000;

/** Events a second through the whole pipeline in one process: log, sketcher, detector and the embedded store. */
export async function benchEmbedded(print: (line: string) => void): Promise<void> {
  const registry = new LocalRegistry();
  const traffic = await Traffic.open(registry);
  const messages = traffic.next(EVENTS);
  const closing = Array.from({ length: PARTITIONS }, () => traffic.closing());
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  const store = await Store.open({ kind: 'embedded', path: folder, database: 'tidemark' });
  try {
    await migrate(store);
    const subject = (name: string, sliced: boolean, stored: boolean): Subject => ({
      name,
      run: () => runOnce(registry, messages, closing, sliced, stored ? store : null),
    });
    print(
      `embedded: ${EVENTS} encoded events through log, sketcher, detector and embedded store in one process; ${TRAFFIC}; median of 3 rounds (least to greatest)`,
    );
    const subjects = [
      subject('all events', false, true),
      subject('and 5 segments', true, true),
      subject('all events, log and sketcher alone', false, false),
    ];
    await compareRates(subjects, { rounds: 3, warmUps: 1 }, print);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param store null: the sketcher alone, with nobody to read what it writes */
async function runOnce(
  registry: LocalRegistry,
  messages: readonly Buffer[],
  closing: readonly Buffer[],
  sliced: boolean,
  store: Store | null,
): Promise<Measured> {
  const log = new MemoryLog();
  const topics = topicsOf();
  await makeTopics(log, topics, PARTITIONS);
  await publishBaseline(log, registry, topics);
  const common = { log, registry, topics, monitors: [benchMonitor(sliced)], now: Date.now };
  const detector = store === null ? null : await startCountingDetector({ ...common, store, group: 'detector' });
  const sketcher = await startSketcher({ ...common, group: 'sketcher', commitInterval: 100, idleTimeout: 60_000 });
  const failed = Promise.race([sketcher.done, ...(detector === null ? [] : [detector.done])]);
  const producer = await log.producer();
  const record = (value: Buffer, index: number): OutRecord => ({
    topic: topics.events,
    partition: index % PARTITIONS,
    key: null,
    value,
  });
  const measured = await measure(messages.length, async () => {
    for (let at = 0; at < messages.length; at += RECORDS_A_SEND) {
      await Promise.race([failed, producer.send(messages.slice(at, at + RECORDS_A_SEND).map(record))]);
    }
    await producer.send(closing.map(record));
    const done = (): boolean =>
      detector === null ? log.lag(topics.events, 'sketcher') === 0 : detector.eventsStored() >= messages.length;
    while (!done()) await Promise.race([failed, new Promise((resolve) => setTimeout(resolve, 5))]);
  });
  await sketcher.stop();
  await detector?.stop();
  await log.close();
  if (detector !== null && detector.eventsStored() !== messages.length) {
    throw new Error(`The panes in the store count ${detector.eventsStored()} of ${messages.length} events`);
  }
  return measured;
}
