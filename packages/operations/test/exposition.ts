import assert from 'node:assert/strict';

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})? (\S+)$/;

/**
 * The samples of Prometheus' text format, by `name` or `name{label="value"}`. Fails where a line is of no known form, or a
 * metric lacks its help or type.
 */
export function samplesOf(text: string): ReadonlyMap<string, number> {
  assert.ok(text.endsWith('\n'), 'the text ends with a line feed');
  const samples = new Map<string, number>();
  const described = new Map<string, Set<string>>();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    if (line.startsWith('#')) {
      const [, kind, name, rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? assert.fail(`no comment known: ${line}`);
      if (kind === 'TYPE') assert.match(rest, /^(counter|gauge|histogram|summary)$/);
      described.set(name, (described.get(name) ?? new Set<string>()).add(kind));
      continue;
    }
    const [, name, labels = '', value] = SAMPLE.exec(line) ?? assert.fail(`no sample: ${line}`);
    const base = name.replace(/_(bucket|sum|count)$/, '');
    assert.equal((described.get(name) ?? described.get(base))?.size, 2, `${name} has a help and a type`);
    samples.set(`${name}${labels}`, value === 'Nan' ? NaN : Number(value.replace('+Inf', 'Infinity')));
  }
  return samples;
}
