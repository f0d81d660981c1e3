import { topicsOf } from '@tidemark/contracts';
import { openLog, settingsFromEnvironment } from '../connections.js';
import { UsageError } from '../exit-codes.js';
import { print } from '../terminal.js';

/**
 * Detectors of versions that kept a state in one record pass over deletions, and would find that record still until its topic is compacted. This
 * they take for no state.
 */
const NO_STATE = Buffer.from('{}');

/** Deletes what detectors left of a partition, all of it. They go on at the group's committed offset, with nothing remembered. */
export async function runStateForget(partition: string): Promise<void> {
  if (!/^\d+$/.test(partition)) throw new UsageError([`${partition}: must be the number of a partition`]);
  const settings = settingsFromEnvironment();
  const { detectorState: topic } = topicsOf(settings.topicPrefix);
  const log = await openLog(settings, 'tidemark-cli');
  try {
    const keys = new Set<string>();
    const follower = await log.follow(topic, ({ key, value }) => {
      const name = key?.toString() ?? '';
      if (name.split('/')[0] !== partition) return;
      if (value === null) keys.delete(name);
      else keys.add(name);
    });
    await follower.stop();
    await follower.done;
    const producer = await log.producer();
    const deleted = [...new Set([partition, ...keys])].map((key) => ({ key, value: null }));
    const records = [{ key: partition, value: NO_STATE }, ...deleted];
    await producer.send(records.map((record) => ({ topic, partition: Number(partition), ...record })));
    await producer.close();
    print(
      `Deleted ${keys.size} records of partition ${partition} from ${topic}. Its detector begins with nothing remembered.`,
    );
  } finally {
    await log.close();
  }
}
