/** The model of legal events that are as hostile as the schema lets them be: most of their columns are beyond the limits. */
export const POISON = 'poison';
/** A column of it that the monitor names, so that it has a place whatever else comes. */
export const POISON_COLUMN = 'serial';

interface Poison {
  readonly eventTime: number;
  readonly value: Buffer;
}

type Maker = (index: number) => { readonly time?: number; readonly fields: { readonly features?: object } & object };

const numbers = (count: number, of: (i: number) => number) => Array.from({ length: count }, (_, i) => of(i));
const named = (names: readonly string[]) => Object.fromEntries(names.map((name, i) => [name, i]));

/** Legal records, each of which once ended a process or cost memory or time far beyond its bytes. */
const KINDS: readonly Maker[] = [
  () => ({ time: 0.5, fields: { features: { x: 1 } } }),
  (index) => ({ fields: { embeddings: { [`e${index}`]: numbers(4096, Math.sin), f: numbers(4096, Math.cos) } } }),
  (index) => ({ fields: { features: named(numbers(1900, (i) => i).map((i) => `new-${index}-${i}`)) } }),
  () => ({ fields: { features: named(collisions(1999)) } }),
  () => ({ fields: { features: { x: 1.7976931348623157e308, y: -1.7976931348623157e308, z: 5e-324, w: 9.3e18 } } }),
  () => ({
    fields: {
      features: named([
        'constructor',
        'toString',
        '__proto__',
        '\u001b[31m',
        "'; DROP TABLE panes; --",
        '\ufeff',
        '\0',
      ]),
      segments: { country: '$(reboot) `x` \u202e \n' },
    },
  }),
];

/** Records of every kind in turn; all are events that must be counted. @param timeAt of the stream, by the poison's index. */
export function poisonedEvents(count: number, timeAt: (index: number) => number): Poison[] {
  return Array.from({ length: count }, (_, index) => {
    const { time = 0, fields } = KINDS[index % KINDS.length](index);
    const eventTime = timeAt(index);
    const event = { event_id: `poison-${index}`, model: POISON, version: '1', event_time: eventTime + time };
    const features = { ...fields.features, [POISON_COLUMN]: (index * 7919) % 104_729 };
    return { eventTime, value: Buffer.from(JSON.stringify({ ...event, ...fields, features })) };
  });
}

/** Names that fall into the same of 256 slots of a table that uses FNV-1a without a seed. */
function collisions(count: number): string[] {
  const names: string[] = [];
  for (let i = 0; names.length < count; i++) if ((fnv(i.toString(36)) & 0xff) === 0) names.push(i.toString(36));
  return names;
}

function fnv(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
