import type { Consumer, Follower, Log } from '@tidemark/transport';
import type { FollowedTopic } from './followed-topic.js';
import type { ConsumedTopic } from './partition-task.js';
import { at } from './service-error.js';
import type { OffsetOutOfRange } from './starting-offset.js';
import { TaskHandler } from './task-handler.js';

/** A running service. */
export interface Service {
  /** Settles when it has stopped; rejects with what stopped it. */
  readonly done: Promise<void>;
  /** Writes what was read, lets go of its partitions and stops. */
  stop(): Promise<void>;
}

export interface ServiceSettings {
  /** Also a part of the transactional ids. */
  readonly name: string;
  readonly log: Log;
  /** Read to their end before anything is consumed, and again whenever partitions are taken over. */
  readonly followed: readonly FollowedTopic[];
  /** What is consumed; asked for once the followed topics have been read. It is given what reads them to their end again. */
  readonly open: (catchUp: () => Promise<void>) => Promise<readonly ConsumedTopic[]>;
  /** Hears of saved positions that are not in the log. */
  readonly onOffsetOutOfRange?: ((report: OffsetOutOfRange) => void) | undefined;
}

/**
 * Starts a service: it follows some topics, and consumes others with a task for each partition. Where one of its readers ends, be it
 * a follower, all of them end, having written what they read: without its followers a service would go by old knowledge for ever.
 *
 * @throws ServiceError where a topic cannot be read, or what `open` throws.
 */
export async function startService(settings: ServiceSettings): Promise<Service> {
  const { name, log } = settings;
  const parts = new Parts();
  try {
    const following = await Promise.allSettled(settings.followed.map((each) => follow(name, log, each)));
    for (const each of following) if (each.status === 'fulfilled') parts.followers.push(each.value);
    for (const each of following) if (each.status === 'rejected') throw each.reason;
    const catchUp = async (): Promise<void> => {
      await Promise.all(parts.followers.map((follower) => follower.catchUp()));
    };
    for (const consumed of await settings.open(catchUp)) {
      const { topic, group, tickInterval } = consumed;
      const onOffsetOutOfRange = settings.onOffsetOutOfRange ?? (() => undefined);
      const handler = new TaskHandler({ service: name, log, consumed, catchUp, onOffsetOutOfRange });
      const place = () => ({ service: name, topic, partition: null, offset: null });
      const consumer = await at('consuming', place, () => log.consume({ topic, group, tickInterval }, handler));
      parts.consumers.push({ consumer, handler });
    }
  } catch (error) {
    await parts.stop();
    throw error;
  }
  const done = parts.done();
  done.catch(() => undefined);
  return {
    done,
    stop: async () => {
      await parts.stop();
      await done.catch(() => undefined);
    },
  };
}

/** All that a service reads with. */
class Parts {
  readonly followers: Follower[] = [];
  readonly consumers: { readonly consumer: Consumer; readonly handler: TaskHandler }[] = [];

  /** Settles once the first has ended and all have been stopped; rejects with what the first that failed ended by. */
  async done(): Promise<void> {
    const ends = [...this.consumers.map(({ consumer }) => consumer), ...this.followers].map(({ done }) => done);
    const failures: unknown[] = [];
    const noted = ends.map((end) => end.catch((error: unknown) => void failures.push(error)));
    await Promise.race(noted);
    await this.stop();
    await Promise.all(noted);
    if (failures.length > 0) throw failures[0];
  }

  /** Consumers first: they write what they have read. */
  async stop(): Promise<void> {
    await Promise.all(
      this.consumers.map(async ({ consumer, handler }) => {
        await consumer.stop();
        await handler.abandon();
      }),
    );
    await Promise.all(this.followers.map((follower) => follower.stop()));
  }
}

/** @returns a follower whose errors say at which record they came up. */
function follow(service: string, log: Log, { topic, onRecord }: FollowedTopic): Promise<Follower> {
  const whole = () => ({ service, topic, partition: null, offset: null });
  return at('following', whole, async () => {
    const follower = await log.follow(topic, (record) => {
      const { partition, offset } = record;
      return at(
        'following',
        () => ({ service, topic, partition, offset }),
        async () => onRecord(record),
      );
    });
    const done = at('following', whole, () => follower.done);
    done.catch(() => undefined);
    return {
      done,
      catchUp: () => at('following', whole, () => follower.catchUp()),
      stop: () => follower.stop(),
      get outsideFor() {
        return follower.outsideFor;
      },
    };
  });
}
