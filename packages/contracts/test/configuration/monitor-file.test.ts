import assert from 'node:assert/strict';
import { textColumnsOf } from '@tidemark/monitoring';
import { test } from 'node:test';
import { defaultMonitor, describeFault, monitorFor, parseMonitors } from '../../src/index.js';

function monitorsOf(text: string) {
  const parsed = parseMonitors(text, 'm.yaml');
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.faults.map(describeFault).join('\n'));
  return parsed.monitors;
}

function faultsOf(text: string): string[] {
  const parsed = parseMonitors(text, 'm.yaml');
  assert.ok(!parsed.ok);
  return parsed.faults.map(describeFault);
}

/** What is looked up by the names of columns has nothing but its own entries. */
function named(entries: object): object {
  return Object.assign(Object.create(null) as object, entries);
}

test('names that every object knows are names of columns like others', () => {
  const [{ monitor }] = monitorsOf('model: m\ncolumns: {age: integer}\nlimits: {keep: {country: [DE]}}\n');
  for (const name of ['constructor', 'toString', '__proto__', 'valueOf']) {
    assert.equal(monitor.columns[name], undefined, name);
    assert.equal(monitor.limits.keep[name], undefined, name);
  }
  const [stated] = monitorsOf('model: m\ncolumns: {constructor: integer}\n');
  assert.deepEqual({ ...stated.monitor.columns['constructor'] }, { kind: 'integer' });
});

test('a monitor that states only its model has every default', () => {
  const [{ monitor, mapping }] = monitorsOf('model: churn');
  assert.deepEqual(monitor, { ...defaultMonitor(), model: 'churn' });
  assert.equal(mapping, null);
  assert.deepEqual(
    monitor.windows.map(({ size }) => size),
    [300_000, 3_600_000],
  );
});

test('a monitor that states everything has it', () => {
  const [{ monitor, mapping }] = monitorsOf(`
model: houses
version: "2"
pane: 10m
allowed_lateness: 0s
allowed_skew: 1d
windows: [1h, {size: 1d, slide: 6h, origin: 2021-06-01T00:00:00Z}]
segments: [country, [country, device]]
columns: {age: {kind: integer, bins: 20}, user: ignore, plan: categorical, note: text, note.digits: ignore}
other_columns: false
decision:
  false_alarms: 2 per 7d
  psi: {major: 0.5}
  rate: {minor: 0.001}
  resolve_after: 2
  minimum_events: 10
  notify_from: major
  season: week
limits: {segments: 20, keep: {country: [DE, BR]}}
joint: {columns: [age, plan]}
baseline: {first_windows: 4}
quality: {window: 2h, positive: 1, metric: f1, tolerance: 0.05, minimum_labels: 50, label_wait: 3d}
labeling: {budget: 50 per 12h, uncertain: 0.5}
mutes:
  - {from: 2026-11-27, to: 2026-11-28T06:00:00Z, reason: Black Friday}
  - {from: 2026-01-05, to: 2026-01-06, every: 7d, reason: batch, columns: [age]}
prediction_log: {keep: 0.25, ttl: 30d, orphan_after: 2h}
mapping:
  event_time: timestamp
  event_id: id
  score: y_pred_proba
  probabilities: {yes: p_yes}
  version: {column: v}
  segments: [country]
  ignore: [row]
`);
  assert.deepEqual(monitor, {
    ...{ model: 'houses', version: '2', pane: 600_000, allowedLateness: 0, allowedSkew: 86_400_000 },
    windows: [
      { size: 3_600_000, slide: 3_600_000, origin: 0 },
      { size: 86_400_000, slide: 21_600_000, origin: Date.UTC(2021, 5, 1) },
    ],
    segments: [['country'], ['country', 'device']],
    columns: named({
      ...{ age: { kind: 'integer', bins: 20 }, user: { ignore: true }, plan: { kind: 'categorical' } },
      ...Object.fromEntries(textColumnsOf('note').map((name) => [name, {}])),
      ...{ note: { ignore: true }, 'note.digits': { ignore: true } },
    }),
    texts: ['note'],
    otherColumns: false,
    limits: { segments: 20, columns: 500, keep: named({ country: ['DE', 'BR'] }) },
    joint: { columns: ['age', 'plan'], most: 2 },
    decision: {
      falseAlarms: { count: 2, per: 7 * 86_400_000 },
      psi: { minor: 0.01, moderate: 0.1, major: 0.5 },
      rate: { minor: 0.001, moderate: 0.02, major: 0.1 },
      correlation: { minor: 0.1, moderate: 0.2, major: 0.4 },
      ...{ season: 'week', resolveAfter: 2, minimumEvents: 10, notifyFrom: 'major' },
    },
    baseline: { from: 'first-windows', windows: 4, events: 2000 },
    mutes: [
      {
        from: Date.UTC(2026, 10, 27),
        to: Date.UTC(2026, 10, 28, 6),
        every: null,
        reason: 'Black Friday',
        columns: null,
      },
      {
        from: Date.UTC(2026, 0, 5),
        to: Date.UTC(2026, 0, 6),
        every: 7 * 86_400_000,
        reason: 'batch',
        columns: ['age'],
      },
    ],
    quality: {
      window: { size: 7_200_000, slide: 7_200_000, origin: 0 },
      ...{ positive: '1', metric: 'f1', tolerance: 0.05, minimumLabels: 50, labelWait: 259_200_000 },
    },
    labeling: {
      ...{ budget: { count: 50, per: 43_200_000 }, share: 0, uncertain: 0.5, drifted: 0.2 },
      strata: ['country'],
    },
    predictionLog: { share: 0.25, ttl: 30 * 86_400_000, orphanAfter: 7_200_000, mostOrphans: 0.1 },
  });
  assert.deepEqual(mapping, {
    ...{ eventTime: 'timestamp', eventId: 'id', requestId: null },
    ...{ model: { constant: 'houses' }, version: { column: 'v' }, role: { constant: 'champion' } },
    prediction: { score: 'y_pred_proba', class: null, value: null, probabilities: { yes: 'p_yes' } },
    ...{
      confidence: null,
      groundTruth: null,
      segments: { country: 'country' },
      embeddings: {},
      features: null,
      ...{ missing: null, dateOrder: null },
      ignore: ['row'],
    },
  });
});

test('a wrong file gets all its faults at once, each with its path and line', () => {
  const faults = faultsOf(`model: 3
pane: 7 minutes
windos: [1]
windows:
  - 5m
  - {size: 1h, slide: 7m, orgin: 3}
  - 7
decision:
  psi: {minor: 0.5}
  resolve_after: 0
  rate: 3
  false_alarms: never
columns: {a: {knd: numeric}, b: nummeric}
baseline: {first_windows: 0}
mapping: {evnt_time: t, role: captain}
`);
  const places = faults.map((fault) => fault.split(': ').slice(0, 2).join(' '));
  assert.deepEqual(places.sort(), [
    ...['m.yaml:1 model', 'm.yaml:10 decision.resolve_after', 'm.yaml:11 decision.rate'],
    ...['m.yaml:12 decision.false_alarms', 'm.yaml:13 columns.a.knd', 'm.yaml:13 columns.b'],
    ...['m.yaml:14 baseline.first_windows', 'm.yaml:15 mapping.event_time', 'm.yaml:15 mapping.evnt_time'],
    ...['m.yaml:15 mapping.role', 'm.yaml:2 pane', 'm.yaml:3 windos', 'm.yaml:6 windows[1].orgin'],
    ...['m.yaml:6 windows[1].slide', 'm.yaml:7 windows[2]', 'm.yaml:9 decision.psi'],
  ]);
  assert.ok(faults.some((fault) => fault.includes("did you mean 'windows'?")));
});

test('windows that do not fit the pane are faults', () => {
  const faults = faultsOf(`model: m
pane: 2m
windows:
  - 5m
  - {size: 6m, slide: 3m}
  - {size: 4m, origin: 2021-06-01T00:01:00Z}
  - 10m
  - 10m
`);
  assert.deepEqual(faults, [
    'm.yaml:4: windows[0]: 5m is not a multiple of the pane (2m)',
    'm.yaml:5: windows[1].slide: 3m is not a multiple of the pane (2m)',
    'm.yaml:6: windows[2].origin: is not a multiple of the pane (2m) since 1970',
    'm.yaml:8: windows[4]: a second window of 10m',
  ]);
});

test('a rolling baseline lags, by default, by what its windows need to show a drift', () => {
  const [{ monitor }] = monitorsOf('model: m\nwindows: [5m, 1h]\nbaseline: {rolling: 14d}\n');
  const [hour, day] = [3_600_000, 86_400_000];
  const usual = { lag: 3 * hour, every: day, adoptAfter: 14 * day + 3 * hour };
  assert.deepEqual(monitor.baseline, { from: 'rolling', length: 14 * day, ...usual });
  const text = 'model: m\nbaseline: {rolling: 7d, lag: 2d, every: 6h, adopt_after: never}\n';
  const stated = { lag: 2 * day, every: 6 * hour, adoptAfter: null };
  assert.deepEqual(monitorsOf(text)[0].monitor.baseline, { from: 'rolling', length: 7 * day, ...stated });
  assert.deepEqual(faultsOf('model: m\nwindows: [1h]\nbaseline: {rolling: 12h, lag: 30m, adopt_after: 20m}\n'), [
    'm.yaml:3: baseline.rolling: must be at least 40 windows (40h)',
    'm.yaml:3: baseline.lag: must be at least the longest window (1h)',
    'm.yaml:3: baseline.adopt_after: must be longer than the lag (30m)',
  ]);
});

test('text that is not YAML, not a monitor, or empty is a fault, and so is a monitor stated twice', () => {
  assert.equal(faultsOf('model: [').length, 1);
  assert.equal(faultsOf('- model').length, 1);
  assert.equal(faultsOf('').length, 1);
  assert.deepEqual(faultsOf('model: a\n---\nmodel: a\n'), ['m.yaml:3: model: a second monitor of a version *']);
  assert.deepEqual(faultsOf('version: "1"'), ['m.yaml:1: model: is missing; it takes text']);
});

test('the nearest monitor is in force: the version, the model, any, the default', () => {
  const monitors = monitorsOf('model: a\nversion: "1"\n---\nmodel: a\n---\nmodel: "*"\npane: 5m\n').map(
    ({ monitor }) => monitor,
  );
  const of = (model: string, version: string) => monitorFor(monitors, { model, version, role: 'champion' });
  assert.deepEqual([of('a', '1'), of('a', '2'), of('b', '1')], monitors);
  assert.deepEqual(monitorFor([], { model: 'b', version: '1', role: 'shadow' }), defaultMonitor());
});

test('a key that a section does not have is answered with those that it has', () => {
  const known = {
    decision: 'false_alarms',
    joint: 'most',
    quality: 'label_wait',
    labeling: 'budget',
    prediction_log: 'orphan_after',
    mapping: 'embeddings',
  };
  for (const [section, key] of Object.entries(known)) {
    const faults = faultsOf(`model: m\n${section}: {zzzzzzzzzzzzzzzz: 1}\n`);
    assert.ok(
      faults.some((fault) => fault.includes('it takes ') && fault.includes(key)),
      `${section}: ${faults.join('; ')}`,
    );
  }
});

test('a list of values to keep that is longer than the limit is a fault', () => {
  const [fault] = faultsOf('model: m\nlimits: {segments: 1, keep: {country: [DE, BR]}}\n');
  assert.match(fault, /limits\.keep\.country: lists 2 values, but limits\.segments gives only 1/);
  const [unknown] = faultsOf('model: m\nlimits: {segmens: 1}\n');
  assert.match(unknown, /did you mean 'segments'/);
});

test('labelling needs one budget, and leaves every event its chance', () => {
  const labelingOf = (section: string) =>
    monitorsOf(`model: m\nsegments: [a, [a, b]]\nlabeling: ${section}`)[0].monitor.labeling;
  assert.equal(monitorsOf('model: m')[0].monitor.labeling, null);
  assert.equal(labelingOf('off'), null);
  assert.deepEqual(labelingOf('{share: 0.01, strata: []}'), {
    ...{ budget: null, share: 0.01, uncertain: 0.3, drifted: 0.2, strata: [] },
  });
  for (const [section, fault] of [
    ['{}', /labeling: needs either a budget, such as '200 per 1d', or a share/],
    ['{share: 0.1, budget: 3 per 1d}', /labeling: needs either a budget/],
    ['{budget: often}', /labeling\.budget: 'often' is not of the form '200 per 1d'/],
    ['{budget: 0.5 per 1d}', /labeling\.budget: must be at least 1/],
    ['{share: 2}', /labeling\.share: must be at most 1/],
    ['{share: 0.1, uncertain: 0.8}', /labeling: uncertain \(0\.8\) and drifted \(0\.2\) must be at most 0\.9 together/],
  ] as const)
    assert.match(faultsOf(`model: m\nlabeling: ${section}`).join('\n'), fault);
});

test('the prediction log keeps all, a share or nothing, and a label waits no longer than it', () => {
  const logOf = (section: string) => monitorsOf(`model: m\nprediction_log: ${section}`)[0].monitor.predictionLog;
  assert.deepEqual(logOf('{}'), { share: 1, ttl: 90 * 86_400_000, orphanAfter: 86_400_000, mostOrphans: 0.1 });
  assert.deepEqual(logOf('{keep: all, ttl: 1d}'), {
    share: 1,
    ttl: 86_400_000,
    orphanAfter: 86_400_000,
    mostOrphans: 0.1,
  });
  assert.equal(logOf('off'), null);
  const faults = faultsOf('model: m\nprediction_log: {keep: 0, ttl: 1h}').join('\n');
  assert.match(faults, /prediction_log.keep: must be above 0/);
  assert.equal(logOf('{most_orphans: 0}')?.mostOrphans, 0);
  assert.match(faultsOf('model: m\nprediction_log: {most_orphans: 2}').join(), /most_orphans: must be at most 1/);
  assert.match(faultsOf('model: m\nprediction_log: {ttl: 1h}').join(), /orphan_after: must not be longer than ttl/);
});
