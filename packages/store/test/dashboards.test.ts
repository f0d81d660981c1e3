import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { hashId, type DriftEvent } from '@tidemark/monitoring';
import { writeDriftEvents, writeWindows, type Store } from '../src/index.js';
import { migratedStore } from './embedded.js';
import { HOSTILE, MINUTE, MORE_HOSTILE, START, windowOf } from './samples.js';

/** From `dist/test` of this package. */
const DRIFT = new URL('../../../../deploy/grafana/dashboards/drift.json', import.meta.url);

interface Dashboard {
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly rawSql: string }[] }[];
}

const dashboard = JSON.parse(readFileSync(DRIFT, 'utf8')) as Dashboard;
const panels = dashboard.panels.flatMap(({ title, targets }) => targets.map(({ rawSql }) => ({ title, sql: rawSql })));

/** What Grafana makes of a variable in each of its formats that is used here or was; without a format the value as it is. */
const FORMATS: Readonly<Record<string, (value: string) => string>> = {
  '': (value) => value,
  raw: (value) => value,
  sqlstring: (value) => `'${value.replaceAll("'", "''")}'`,
  percentencode: (value) =>
    encodeURIComponent(value).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`),
};

/** The SQL as Grafana sends it: variables put in, then the macro of ClickHouse's datasource. */
function sent(sql: string, values: Readonly<Record<string, string>>, { database }: Store): string {
  const put = sql.replace(
    /\$(?:\{(\w+)(?::(\w+))?\}|(?!__)(\w+))/g,
    (_, braced: string | undefined, format: string = '', bare: string) => {
      const name = braced ?? bare;
      assert.ok(name in values, `${name} is no variable of the dashboard`);
      assert.ok(format in FORMATS, `${format} is no format that this test knows`);
      return FORMATS[format](values[name]);
    },
  );
  return put
    .replaceAll(/\$__timeFilter\((\w+)\)/g, (_, column: string) => `${column} >= toDateTime(0) AND ${column} <= now()`)
    .replaceAll(/\bFROM (?:tidemark\.)?(windows|drift_events)\b/g, (_, table: string) => `FROM ${database}.${table}`);
}

function eventOf(model: string): DriftEvent {
  const id = hashId([model]);
  return {
    ...{ id, incidentId: id, status: 'opened', signal: 'data-drift', severity: 'major', notify: true },
    ...{ stream: { model, version: '1', role: 'champion' }, segment: { dimension: '', value: '' }, column: 'x' },
    ...{ findings: [], aspects: [], contributions: [], segments: [], correlations: [], muted: '' },
    ...{ baselineEvents: 1, windowEvents: 1, baselineId: null, summary: model, query: '' },
    ...{ windowStart: START, windowEnd: START + MINUTE, since: START },
  };
}

describe('the dashboard of drift', () => {
  const readsFile = `' UNION ALL SELECT now(), 'x', 'x', 'x', 'x', 'x', 'x', line FROM file('/etc/passwd', 'LineAsString', 'line String') --`;
  const names = [
    ...new Set([...HOSTILE, ...MORE_HOSTILE]),
    readsFile,
    `\\${readsFile}`,
    '$__timeFilter(x)',
    '${window}',
    '%27',
    'a+b',
  ];

  it('shows of every model its own rows alone, whatever its name is', async () => {
    const store = await migratedStore();
    await writeWindows(
      store,
      names.flatMap((model) => {
        const row = { ...windowOf(model), segment: { dimension: '', value: '' } };
        const distances = { ...row.distances, psiDebiased: 1 };
        return [
          { ...row, distances, faultRates: { ...row.faultRates, nullRate: 1 } },
          { ...row, column: '' },
        ];
      }),
    );
    await writeDriftEvents(store, names.map(eventOf));
    assert.equal(panels.length, 5);
    for (const model of names) {
      for (const { title, sql } of panels) {
        const rows = await store.query(sent(sql, { model, window: String(5 * MINUTE) }, store));
        assert.equal(rows.length, 1, `${title}: ${JSON.stringify(model)}`);
        if (sql.includes('summary')) assert.equal(rows[0]['summary'], model);
      }
    }
    const [models, windows] = dashboard.templating.list.map(({ query }) => query);
    const listed = await store.query<{ model: string }>(sent(models, {}, store));
    assert.deepEqual(listed.map(({ model }) => model).sort(), [...names].sort());
    for (const model of names) {
      assert.deepEqual(await store.query(sent(windows, { model }, store)), [{ window_size_ms: 5 * MINUTE }]);
    }
  });

  it('shows nothing for what a link puts into its variables', async () => {
    const store = await migratedStore();
    await writeWindows(store, [windowOf('m')]);
    for (const value of [...names, "' OR 1 = 1 --", '1 OR 1 = 1', '0) OR (1 = 1']) {
      for (const { title, sql } of panels) {
        const rows = await store.query(sent(sql, { model: value, window: value }, store));
        assert.deepEqual(rows, [], `${title}: ${JSON.stringify(value)}`);
      }
    }
  });

  it('names no database: that is a setting of the datasource', () => {
    for (const { sql } of panels) assert.doesNotMatch(sql, /\b(FROM|JOIN) \w+\./);
    for (const { query } of dashboard.templating.list) assert.doesNotMatch(query, /\b(FROM|JOIN) \w+\./);
  });
});

describe('the user of the dashboards', () => {
  const read = (path: string): string => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');
  const user = read('deploy/clickhouse/dashboards-user.xml');

  it('reads one database, and changes nothing', () => {
    assert.deepEqual(user.match(/<query>.*<\/query>/g), ['<query>GRANT SELECT ON tidemark.*</query>']);
    assert.match(user, /<readonly>1<\/readonly>/);
  });

  it('is the one that Grafana has, which knows no other password', () => {
    assert.match(
      read('deploy/grafana/provisioning/datasources/tidemark.yml'),
      /username: \$TIDEMARK_DASHBOARDS_USER\n/,
    );
    const grafana = /^ {2}grafana:\n(?: {4}.*\n)+/m.exec(read('docker-compose.yml'))?.[0] ?? '';
    assert.match(grafana, /TIDEMARK_DASHBOARDS_USER: dashboards\n/);
    assert.doesNotMatch(grafana, /TIDEMARK_CLICKHOUSE_PASSWORD/);
  });
});
