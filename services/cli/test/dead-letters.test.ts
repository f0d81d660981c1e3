import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it, mock } from 'node:test';
import {
  frame,
  LocalRegistry,
  RecordWriter,
  topicsOf,
  type DeadLetter,
  type InferenceEvent,
} from '@tidemark/contracts';
import { MemoryLog, type LogRecord } from '@tidemark/transport';
import { listLetters, replayChosen, showLetter, type LetterReplayOptions } from '../src/commands/dead-letters.js';
import { REPLAYED_FROM } from '../src/dead-letters/replay-letters.js';
import { UsageError } from '../src/exit-codes.js';
import { tidemark } from './command.js';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-letters-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const NOON = Date.UTC(2026, 0, 5, 12);
const LIST = { limit: '20' };
const REPLAY: LetterReplayOptions = { limit: '1000', all: false, yes: false };

/** A registry, a log with a topic of dead letters, and what is printed meanwhile. */
class Box {
  readonly log = new MemoryLog();
  readonly registry = new LocalRegistry();
  readonly topics = topicsOf('eu.');

  async put(...letters: Partial<DeadLetter>[]): Promise<void> {
    const { events, groundTruth, deadLetters } = this.topics;
    await this.log.ensureTopics([
      { topic: events, partitions: 3 },
      { topic: groundTruth, partitions: 2 },
      { topic: deadLetters, partitions: 1 },
    ]);
    const writer = await RecordWriter.open(this.registry, ['DeadLetter']);
    const producer = await this.log.producer();
    for (const [i, letter] of letters.entries()) {
      const value = letter.value === undefined ? Buffer.from(`{"model":"m${i}"`) : letter.value;
      const whole: DeadLetter = {
        ...{ topic: events, partition: 1, offset: String(100 + i), timestamp: NOON, key: Buffer.from(`k${i}`) },
        ...{ reason: 'invalid_json', detail: `letter ${i}`, rejectedAt: NOON + i, rejectedBy: 'sketcher' },
        valueBytes: value?.length ?? 0,
        ...letter,
        value,
      };
      await producer.send([{ topic: deadLetters, key: null, value: writer.encode('DeadLetter', whole) }]);
    }
  }

  async records(topic: string): Promise<LogRecord[]> {
    const records: LogRecord[] = [];
    const follower = await this.log.follow(topic, (record) => void records.push(record));
    await follower.stop();
    return records;
  }

  async printed(run: (box: Box) => Promise<unknown>): Promise<string> {
    const lines: string[] = [];
    const print = (line: string): void => void lines.push(line);
    const mocks = [mock.method(console, 'log', print), mock.method(console, 'error', print)];
    try {
      await run(this);
    } finally {
      mocks.forEach((each) => each.mock.restore());
    }
    return lines.join('\n');
  }
}

let box: Box;
beforeEach(() => (box = new Box()));

const LETTERS: Partial<DeadLetter>[] = [
  {},
  { reason: 'truncated', value: Buffer.of(0, 0, 0, 0, 2, 8, 97) },
  {},
  { reason: 'empty', value: null },
  { topic: 'elsewhere', rejectedAt: NOON + 3_600_000 },
];

describe('dead-letters list', () => {
  it('counts by topic and reason, and shows the newest', async () => {
    await box.put(...LETTERS);
    const text = await box.printed((it) => listLetters(it, { limit: '2' }));
    assert.match(text, /eu\.inference-events +invalid_json +2 +0 +2/, 'what is not whole JSON names no model');
    assert.match(text, /eu\.inference-events +truncated +1 +0 +1/);
    assert.match(text, /elsewhere +invalid_json +1 +0/);
    assert.match(text, /The newest 2:/);
    assert.match(text, /0:4 +2026-01-05T13:00:00\.000Z +elsewhere\/1:104 +invalid_json +letter 4/);
    assert.doesNotMatch(text, /letter 2/);
  });

  it('takes filters, and prints JSON lines', async () => {
    await box.put(...LETTERS, { reason: 'missing_field', value: Buffer.from('{"model":"loans"}') });
    const chosen = async (options: object): Promise<unknown[]> =>
      (await box.printed((it) => listLetters(it, { ...LIST, json: true, ...options })))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => (JSON.parse(line) as { letter: unknown }).letter);
    assert.deepEqual(await chosen({}), ['0:0', '0:1', '0:2', '0:3', '0:4', '0:5']);
    assert.deepEqual(await chosen({ reason: 'invalid_json' }), ['0:0', '0:2', '0:4']);
    assert.deepEqual(await chosen({ reason: 'invalid_json', limit: '1' }), ['0:4']);
    assert.deepEqual(await chosen({ since: '2026-01-05T12:30:00Z' }), ['0:4']);
    assert.deepEqual(await chosen({ since: '1s' }), []);
    const [line] = (await box.printed((it) => listLetters(it, { ...LIST, json: true, limit: '1' }))).split('\n');
    assert.equal((JSON.parse(line) as { model: unknown }).model, 'loans');
  });

  it('says what is wrong with a filter, and that there is nothing', async () => {
    await box.put();
    assert.equal(await box.printed((it) => listLetters(it, LIST)), 'No dead letters.');
    for (const options of [{ reason: 'nonsense' }, { since: 'yesterday' }, { limit: '0' }, { limit: 'x' }]) {
      await assert.rejects(listLetters(box, { ...LIST, ...options }), UsageError);
    }
  });

  it('counts what is no dead letter', async () => {
    await box.put({});
    const producer = await box.log.producer();
    await producer.send([{ topic: box.topics.deadLetters, key: null, value: Buffer.from('junk') }]);
    assert.match(await box.printed((it) => listLetters(it, LIST)), /1 records on eu\.dead-letters are no dead letters/);
  });

  it('lets nothing from a record through that a terminal would obey', async () => {
    const hostile = '\u001b]0;owned\u0007\u001b[2J\r\u009b31m\u202e';
    await box.put({ detail: hostile, topic: hostile, value: Buffer.from(JSON.stringify({ model: hostile })) });
    const texts = [
      await box.printed((it) => listLetters(it, LIST)),
      await box.printed((it) => showLetter(it, '0')),
      await box.printed((it) => replayChosen(it, [], { ...REPLAY, all: true })),
    ];
    // eslint-disable-next-line no-control-regex
    for (const text of texts) assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    assert.match(texts[0], /\\x1b\[2J/);
  });
});

describe('dead-letters show', () => {
  const event: InferenceEvent = {
    ...{ eventId: 'e-1', model: 'loans', version: '3', eventTime: NOON },
    features: { income: 52_000 },
  };

  it('shows where it comes from, why it was turned away, and its bytes', async () => {
    await box.put({ value: Buffer.from('{"model":"loans",'), detail: 'it ends early' });
    const text = await box.printed((it) => showLetter(it, '0:0'));
    assert.match(text, /from +eu\.inference-events, partition 1, offset 100/);
    assert.match(text, /rejected +2026-01-05T12:00:00\.000Z by sketcher/);
    assert.match(text, /reason +invalid_json: text that is not JSON/);
    assert.match(text, /detail +it ends early/);
    assert.match(text, /key +"k0"/);
    assert.match(text, /00000000 {2}7b 22 6d 6f 64 65 6c .* {2}\{"model":"loans"/);
    assert.match(text, /Text that is not JSON \(.*\):\n\{"model":"loans",/);
  });

  it('reads damaged Avro as far as it goes', async () => {
    const writer = await RecordWriter.open(box.registry, ['InferenceEvent']);
    const whole = writer.encode('InferenceEvent', event);
    await box.put({ value: whole.subarray(0, 16), reason: 'truncated' }, { value: whole });
    const cut = await box.printed((it) => showLetter(it, '0'));
    assert.match(
      cut,
      /Avro with the schema id 1, io\.tidemark\.InferenceEvent:\n {2}event_id = "e-1"\n {2}model = "loans"/,
    );
    assert.match(cut, /… (the bytes end within \w+|\w+ cannot be read: .*)$/);
    const read = await box.printed((it) => showLetter(it, '1'));
    assert.match(read, /features = .*52000/);
    assert.doesNotMatch(read, /…/);
  });

  it('takes no more memory than what it shows, whatever a few bytes state', async () => {
    const nulls = {
      type: 'record',
      name: 'Nulls',
      fields: Array.from({ length: 10 }, (_, i) => ({ name: `f${i}`, type: 'null' })),
    };
    const array = { type: 'array', items: 'null' };
    const many = { type: 'array', items: nulls };
    const idOf = (type: object) =>
      box.registry.register('s', {
        type: 'record',
        name: 'R',
        fields: [
          { name: 'a', type: 'string' },
          { name: 'b', type },
        ],
      } as never);
    const [few, blown] = [await idOf(array), await idOf(many)];
    const body = Buffer.alloc(1 << 20);
    // 'hi', then a block of 6,700,416 items; or one of 500,000 items of 10 values each, with as many bytes behind it.
    body.set([4, 104, 105, 0xc0, 0x84, 0x3d], 0);
    await box.put(
      { value: frame(few, Buffer.from([2, 104, 0x80, 0x88, 0xb3, 0x06, 0])) },
      { value: frame(blown, body) },
    );
    for (const place of ['0', '1']) {
      const before = process.memoryUsage();
      const text = await box.printed((it) => showLetter(it, place));
      const after = process.memoryUsage();
      assert.match(text, /a = "hi?"\n {2}… /);
      assert.ok(after.rss - before.rss < 64 << 20, `${(after.rss - before.rss) >> 20} MiB`);
      assert.ok(text.length < 100_000);
    }
  });

  it('says so where a schema is unknown, bytes were cut, or nothing is there', async () => {
    await box.put(
      { value: frame(999, Buffer.of(1)) },
      { value: Buffer.alloc(600, 0xff), valueBytes: 5000 },
      { value: null, key: null },
    );
    assert.match(await box.printed((it) => showLetter(it, '0')), /schema id 999: no schema has the id 999/);
    const cut = await box.printed((it) => showLetter(it, '1'));
    assert.match(cut, /5000 bytes, 600 of them kept/);
    assert.match(cut, /… 88 bytes more\n\nNot text in UTF-8\./);
    assert.match(await box.printed((it) => showLetter(it, '2')), /key +none\n +value +0 bytes$/);
    await assert.rejects(showLetter(box, '7'), /there is no dead letter at that place of eu\.dead-letters/);
    await assert.rejects(showLetter(box, 'x'), UsageError);
  });
});

describe('dead-letters replay', () => {
  it('sends bytes and key as they came, each once', async () => {
    await box.put(...LETTERS);
    const text = await box.printed(async (it) => {
      assert.equal(await replayChosen(it, [], { ...REPLAY, all: true, yes: true }), 0);
    });
    assert.match(text, /0:3 is left: no bytes of it were kept/);
    assert.match(text, /0:4 is left: it comes neither from eu\.inference-events nor from eu\.ground-truth/);
    assert.match(text, /Sent 3 letters to eu\.inference-events again\./);
    const sent = await box.records(box.topics.events);
    assert.deepEqual(
      sent
        .map(({ key, value, headers }) => [key?.toString(), value, headers[REPLAYED_FROM].toString()])
        .sort((a, b) => String(a[0]).localeCompare(String(b[0]))),
      [
        ['k0', Buffer.from('{"model":"m0"'), 'eu.dead-letters/0:0'],
        ['k1', LETTERS[1].value, 'eu.dead-letters/0:1'],
        ['k2', Buffer.from('{"model":"m2"'), 'eu.dead-letters/0:2'],
      ],
    );
    const again = await box.printed((it) => replayChosen(it, ['0', '0:1'], { ...REPLAY, yes: true }));
    assert.match(again, /0:0 is left: it was sent again before\n0:1 is left: .*\nSent 0 letters/);
    assert.equal((await box.records(box.topics.events)).length, 3);
    const list = await box.printed((it) => listLetters(it, LIST));
    assert.match(list, /eu\.inference-events +invalid_json +2 +2 +2/);
    assert.match(list, /0:1 \(sent again\)/);
    assert.doesNotMatch(list, /are no dead letters/, 'the marks are told from letters');
    assert.match(await box.printed((it) => showLetter(it, '1')), /^Dead letter 0:1 \(sent again\)/);
  });

  it('sends nothing without --yes', async () => {
    await box.put({}, {});
    const text = await box.printed(async (it) => {
      assert.equal(await replayChosen(it, [], { ...REPLAY, reason: 'invalid_json' }), 2);
    });
    assert.match(text, /0:0 {2}invalid_json {2}letter 0\n0:1 .*\n2 letters would be sent .* add --yes/);
    assert.equal((await box.records(box.topics.events)).length, 0);
    assert.equal((await box.records(box.topics.deadLetters)).length, 2);
  });

  it('sends a mended body in place of the bytes', async () => {
    await box.put({ value: null, reason: 'empty' }, {});
    const file = join(folder, 'mended.json');
    writeFileSync(file, '{"model":"mended"}');
    await box.printed((it) => replayChosen(it, ['0'], { ...REPLAY, file, yes: true }));
    const [record] = await box.records(box.topics.events);
    assert.deepEqual([record.key?.toString(), record.value?.toString()], ['k0', '{"model":"mended"}']);
    await assert.rejects(replayChosen(box, ['0', '1'], { ...REPLAY, file }), /--file mends one letter/);
    await assert.rejects(replayChosen(box, ['1'], { ...REPLAY, file: 'missing' }), /cannot be read \(ENOENT\)/);
  });

  it('sends labels to their own topic', async () => {
    const label = Buffer.from('{"event_id":"k1","model":"m"}');
    await box.put({}, { topic: box.topics.groundTruth, rejectedBy: 'outcomes', value: label });
    const text = await box.printed(async (it) => {
      assert.equal(await replayChosen(it, [], { ...REPLAY, all: true, yes: true }), 0);
    });
    assert.match(text, /Sent 2 letters to eu\.ground-truth and eu\.inference-events again\./);
    const sent = await box.records(box.topics.groundTruth);
    assert.deepEqual(
      sent.map(({ key, value, headers }) => [key?.toString(), value, headers[REPLAYED_FROM].toString()]),
      [['k1', label, 'eu.dead-letters/0:1']],
    );
    const again = await box.printed((it) => replayChosen(it, ['1'], { ...REPLAY, yes: true }));
    assert.match(again, /0:1 is left: it was sent again before\nSent 0 letters\./);
  });

  it('leaves letters whose bytes or key were cut', async () => {
    await box.put({ value: Buffer.from('{'), valueBytes: 900 }, { key: Buffer.alloc(64 << 10) });
    const text = await box.printed(async (it) => {
      assert.equal(await replayChosen(it, ['0', '1'], { ...REPLAY, yes: true }), 1);
    });
    assert.match(text, /0:0 is left: only 1 of its 900 bytes were kept\n0:1 is left: its key was too long/);
  });

  it('asks for a choice, and stops at the limit', async () => {
    await box.put({}, {}, {});
    await assert.rejects(replayChosen(box, [], { ...REPLAY, yes: true }), /Name the letters/);
    await box.printed((it) => replayChosen(it, [], { ...REPLAY, all: true, limit: '2', yes: true }));
    assert.equal((await box.records(box.topics.events)).length, 2);
    await box.printed((it) => replayChosen(it, [], { ...REPLAY, all: true, limit: '2', yes: true }));
    assert.equal((await box.records(box.topics.events)).length, 3, 'the next go on where those before ended');
  });

  it('sends each once when several replay at the same time', async () => {
    await box.put(...Array.from({ length: 50 }, () => ({})));
    const all = { ...REPLAY, all: true, yes: true };
    await box.printed(async (it) => {
      const ended = await Promise.allSettled(Array.from({ length: 4 }, () => replayChosen(it, [], all)));
      assert.ok(ended.some(({ status }) => status === 'fulfilled'));
      for (const each of ended) {
        if (each.status === 'rejected') assert.equal((each.reason as { code?: string }).code, 'fenced');
      }
    });
    const keys = (await box.records(box.topics.events)).map(({ key }) => key?.toString());
    assert.equal(keys.length, 50);
    assert.equal(new Set(keys).size, 50);
  });
});

describe('tidemark dead-letters', () => {
  it('has help for each of its commands, and says what settings are missing', async () => {
    for (const name of ['list', 'show', 'replay']) {
      const help = await tidemark(['dead-letters', name, '--help']);
      assert.equal(help.code, 0);
      assert.match(help.stdout, new RegExp(`dead-letters ${name}`));
    }
    const ended = await tidemark(['dead-letters', 'list']);
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /TIDEMARK_BROKERS is not set/);
  });
});
