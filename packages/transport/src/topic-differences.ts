import type { TopicDifference, TopicSettings } from './port.js';

/** What a topic has of what can be asked for; null where it has no such limit. */
export type FoundSettings = {
  readonly [Setting in TopicDifference['setting']]?: TopicSettings[Setting] | null;
};

/** Where an existing topic is not as asked. Settings that are not asked for are not compared. */
export function differencesOf(wanted: TopicSettings, found: FoundSettings): readonly TopicDifference[] {
  const differences: TopicDifference[] = [];
  for (const setting of ['partitions', 'compacted', 'retention', 'maxMessageBytes'] as const) {
    const asked = wanted[setting];
    const has = found[setting] ?? (setting === 'compacted' ? false : null);
    if (asked !== undefined && asked !== has)
      differences.push({ topic: wanted.topic, setting, wanted: asked, found: has });
  }
  return differences;
}
