import { userInfo } from 'node:os';
import { topicsOf, type SchemaRegistry, type Topics } from '@tidemark/contracts';
import { ControlPublisher, ControlState, type ChangeOrigin } from '@tidemark/control';
import type { Log } from '@tidemark/transport';
import { openLog, openRegistry, settingsFromEnvironment } from '../connections.js';
import { topicSettings } from '../topic-settings.js';

/** Where changes are published. */
export interface ControlPlace {
  readonly log: Log;
  readonly registry: SchemaRegistry;
  readonly topics: Topics;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Who makes a change and why, as the command line gives it. */
export interface WhoOptions {
  readonly by?: string;
  readonly comment?: string;
}

/** Opens the installation that the environment names for one command. */
export async function withControl<T>(run: (place: ControlPlace) => Promise<T>): Promise<T> {
  const settings = settingsFromEnvironment();
  const log = await openLog(settings, 'tidemark-cli');
  try {
    const topics = topicsOf(settings.topicPrefix);
    await log.ensureTopics(topicSettings(topics, settings.partitions));
    return await run({ log, registry: openRegistry(settings), topics, now: Date.now });
  } finally {
    await log.close();
  }
}

/** Gives an action a publisher, and with it what is in force, which nobody else can change meanwhile. */
export async function publishing<T>(
  place: ControlPlace,
  act: (publisher: ControlPublisher, state: ControlState) => Promise<T>,
): Promise<T> {
  const publisher = await ControlPublisher.open(place);
  try {
    return await act(publisher, publisher.state);
  } finally {
    await publisher.close();
  }
}

/** What is in force, to be looked at only. */
export function stateOf({ log, registry, topics, now }: ControlPlace): Promise<ControlState> {
  return ControlState.read(log, registry, topics, now);
}

export function originOf({ by, comment }: WhoOptions, now: () => number): ChangeOrigin {
  return { by: by ?? osUser(), at: now(), comment: comment ?? '' };
}

function osUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A user without an entry in the system's list, as containers have them.
    return process.env.USER ?? 'unknown';
  }
}
