import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it, mock } from 'node:test';
import { LocalRegistry, RecordReader, topicsOf } from '@tidemark/contracts';
import { ControlError } from '@tidemark/control';
import type { Control } from '@tidemark/monitoring';
import { MemoryLog } from '@tidemark/transport';
import { runApply, type ApplyOptions } from '../src/commands/apply.js';
import { runAck, runFeedback, runResume } from '../src/commands/incident-answers.js';
import { diffMonitor, listMonitors, rollBackMonitor, showMonitor } from '../src/commands/monitors.js';
import { listMutes, runMute, runUnmute } from '../src/commands/mute.js';
import type { ControlPlace } from '../src/control/control-place.js';
import { UsageError } from '../src/exit-codes.js';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-control-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const NOON = Date.UTC(2026, 0, 5, 12);
const APPLY: ApplyOptions = { dryRun: false, prune: false, by: 'ann', comment: 'as agreed' };

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** An installation within the process, and what commands print on it. */
class Place implements ControlPlace {
  readonly log = new MemoryLog();
  readonly registry = new LocalRegistry();
  readonly topics = topicsOf('eu.');
  readonly now = () => NOON;

  async open(): Promise<this> {
    await this.log.ensureTopics([
      { topic: this.topics.partials, partitions: 2 },
      { topic: this.topics.monitors, partitions: 1, compacted: true },
    ]);
    return this;
  }

  async printed(run: (place: ControlPlace) => Promise<unknown>): Promise<string> {
    const lines: string[] = [];
    const print = (line: string): void => void lines.push(line);
    const printing = mock.method(console, 'log', print);
    try {
      await run(this);
    } finally {
      printing.mock.restore();
    }
    return lines.join('\n');
  }

  /** The control records of one partition of the partials. */
  async controls(partition = 0): Promise<Control[]> {
    const reader = new RecordReader(this.registry, { names: ['Control'] });
    const controls: Control[] = [];
    const follower = await this.log.follow(this.topics.partials, async (record) => {
      if (record.partition !== partition) return;
      const read = await reader.read(record.value, NOON);
      if (read.ok && read.name === 'Control') controls.push(read.record);
    });
    await follower.stop();
    return controls;
  }
}

let place: Place;
beforeEach(async () => (place = await new Place().open()));

describe('tidemark apply', () => {
  const path = file('credit.yaml', '# ours\nmodel: credit\npane: 1m\n---\nmodel: churn\n');

  it('publishes what differs, shows it, and says who did it and when', async () => {
    const first = await place.printed((p) => runApply(p, path, APPLY));
    assert.match(first, /^credit: new \(revision 1\)/);
    assert.match(first, /\+# ours\n {2}\+model: credit/);
    assert.match(first, /2 new, 0 changed, 0 removed, 0 unchanged\.$/);
    file('credit.yaml', '# ours\nmodel: credit\npane: 30s\n---\nmodel: churn\n');
    const second = await place.printed((p) => runApply(p, path, APPLY));
    assert.match(second, /credit: changed \(revision 1 → 2\)\n.*\n.*\n {2}-pane: 1m\n {2}\+pane: 30s/);
    assert.match(second, /churn: unchanged \(revision 1\)/);
    const listed = await place.printed((p) => listMonitors(p, false));
    assert.match(listed, /credit +\* +2 +[0-9a-f]{16} +2026-01-05T12:00:00.000Z +ann +as agreed/);
    // Each partition of the partials is told, and only of what changed.
    for (const partition of [0, 1]) {
      const told = (await place.controls(partition)).map((each) => (each.kind === 'monitor' ? each.revision : 0));
      assert.deepEqual(told, [1, 1, 2]);
    }
  });

  it('publishes nothing of a faulty file, of a dry run, or of a file whose monitors are as they stand', async () => {
    const faulty = file('faulty.yaml', 'model: a\npane: 1x\n---\nmodel: b\nwindow: 5m\n');
    await assert.rejects(
      runApply(place, faulty, APPLY),
      (error) => error instanceof UsageError && error.lines.length === 2,
    );
    const dry = await place.printed((p) => runApply(p, path, { ...APPLY, dryRun: true }));
    assert.match(dry, /Nothing was published/);
    assert.deepEqual(await place.controls(), []);
    await place.printed((p) => runApply(p, path, APPLY));
    const length = (await place.controls()).length;
    await place.printed((p) => runApply(p, path, APPLY));
    assert.equal((await place.controls()).length, length);
  });

  it('removes with --prune what the files do not hold, and only then', async () => {
    await place.printed((p) => runApply(p, path, APPLY));
    const alone = file('alone.yaml', 'model: churn\n');
    await place.printed((p) => runApply(p, alone, APPLY));
    assert.match(await place.printed((p) => listMonitors(p, false)), /credit/);
    const pruned = await place.printed((p) => runApply(p, alone, { ...APPLY, prune: true }));
    assert.match(pruned, /credit: removed \(revision 2\)/);
    assert.doesNotMatch(await place.printed((p) => listMonitors(p, false)), /credit/);
  });

  it('holds a file of one monitor against the revision that is expected', async () => {
    const one = file('one.yaml', 'model: one\n');
    await place.printed((p) => runApply(p, one, { ...APPLY, expectRevision: '0' }));
    file('one.yaml', 'model: one\npane: 30s\n');
    await assert.rejects(
      runApply(place, one, { ...APPLY, expectRevision: '0' }),
      (error) => error instanceof ControlError && error.code === 'overtaken',
    );
    await place.printed((p) => runApply(p, one, { ...APPLY, expectRevision: '1' }));
    await assert.rejects(runApply(place, path, { ...APPLY, expectRevision: '1' }), UsageError);
  });
});

describe('tidemark monitors', () => {
  const versions = ['model: m\npane: 1m\n', 'model: m\npane: 30s\n', 'model: m\npane: 15s\n'];

  beforeEach(async () => {
    for (const text of versions) {
      const path = file('m.yaml', text);
      await place.printed((p) => runApply(p, path, APPLY));
    }
  });

  it('shows the document in force and former ones, and what differs between them', async () => {
    const shown = await place.printed((p) => showMonitor(p, 'm', '*', {}));
    assert.match(
      shown,
      /^# m: revision 3, applied by ann at 2026-01-05T12:00:00.000Z \(as agreed\)\nmodel: m\npane: 15s\n/,
    );
    assert.match(shown, /# revision 2, applied by ann/);
    const former = await place.printed((p) => showMonitor(p, 'm', '*', { revision: '1' }));
    assert.match(former, /pane: 1m$/);
    const diff = await place.printed((p) => diffMonitor(p, 'm', '*', { from: '1' }));
    assert.match(diff, /m: revision 1 → 3\n(.*\n)* {2}-pane: 1m\n {2}\+pane: 15s/);
    assert.match(await place.printed((p) => diffMonitor(p, 'm', '*', {})), /revision 2 → 3/);
    await assert.rejects(showMonitor(place, 'm', '*', { revision: '9' }), UsageError);
    await assert.rejects(showMonitor(place, 'other', '*', {}), UsageError);
  });

  it('rolls back to a former revision as a new one', async () => {
    await place.printed((p) => rollBackMonitor(p, 'm', '*', { dryRun: true }));
    assert.equal((await place.controls()).length, 3);
    await place.printed((p) => rollBackMonitor(p, 'm', '*', { to: '1', dryRun: false, by: 'bob' }));
    const newest = (await place.controls()).at(-1);
    assert.ok(newest?.kind === 'monitor');
    assert.deepEqual([newest.revision, newest.document, newest.by], [4, versions[0], 'bob']);
  });
});

describe('tidemark mute, ack, feedback and resume', () => {
  it('publishes a mute, lists it and takes it back', async () => {
    const options = {
      reason: 'sale',
      from: '2026-01-05T12:00:00Z',
      for: '2h',
      every: '7d',
      column: ['price'],
      by: 'ann',
    };
    const said = await place.printed((p) => runMute(p, 'm', '*', options));
    const id =
      /^Mute ([0-9a-f]{16}) of m: from 2026-01-05T12:00:00.000Z to 2026-01-05T14:00:00.000Z, again every 7d/.exec(
        said,
      )?.[1];
    assert.ok(id !== undefined, said);
    assert.match(await place.printed(listMutes), new RegExp(`${id} +m +\\* +from .* for price \\(sale\\) +ann`));
    await place.printed((p) => runUnmute(p, id, {}));
    assert.match(await place.printed(listMutes), /No mutes/);
    const [mute, unmute] = await place.controls();
    assert.ok(mute.kind === 'mute' && unmute.kind === 'unmute' && unmute.muteId === mute.id);
    for (const wrong of [{ for: undefined }, { to: '2026-01-06T00:00:00Z' }, { every: '1h' }, { reason: ' ' }]) {
      await assert.rejects(runMute(place, 'm', '*', { ...options, ...wrong } as typeof options), UsageError);
    }
  });

  it('publishes answers about incidents, and that streams go on', async () => {
    const incident = '0123456789abcdef';
    await place.printed((p) => runAck(p, incident, { by: 'ann' }));
    await place.printed((p) => runFeedback(p, incident, 'false-alarm', { comment: 'a test' }));
    await place.printed((p) => runResume(p, 'payments', '3', { skip: true, role: 'shadow' }));
    const told = await place.controls(1);
    const said = told.map((each) => ({ ...each, id: '', at: 0, by: each.by === 'ann' ? 'ann' : '' }));
    const origin = { id: '', at: 0, by: '', comment: '' };
    assert.deepEqual(said, [
      { ...origin, kind: 'acknowledgement', incidentId: incident, by: 'ann' },
      { ...origin, kind: 'feedback', incidentId: incident, answer: 'false-alarm', comment: 'a test' },
      { ...origin, kind: 'skip', model: 'payments', version: '3', role: 'shadow' },
    ]);
    await assert.rejects(runAck(place, 'income', {}), UsageError);
    await assert.rejects(runFeedback(place, incident, 'perhaps', {}), UsageError);
    await assert.rejects(runResume(place, 'payments', '*', { skip: false, role: 'king' }), UsageError);
  });
});
