import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../../src/index.js';
import { IncidentTrack } from '../../src/incidents/incidents.js';
import { MONITOR } from '../fixtures.js';
import type { Severity } from '../../src/model/severity.js';

const finding = (severity: Severity): Finding => ({
  metric: 'psi',
  severity,
  effect: 1,
  windowValue: 1,
  baselineValue: 0,
  pValue: 0,
});

/** Feeds one horizon: '.' a quiet window, 'l' one that lingers, 'm' a moderate finding, 'M' a major one. */
function life(windows: string, track = new IncidentTrack('s', MONITOR.decision), horizon = 0): string[] {
  return [...windows].map((window, since) => {
    const change = track.observe(horizon, shownBy(window, since), true);
    return change === null ? '-' : `${change.status}@${change.incident.since}`;
  });
}

function shownBy(window: string, since: number) {
  const findings = window === 'm' || window === 'M' ? [finding(window === 'M' ? 'major' : 'moderate')] : [];
  return { findings, lingers: window !== '.', since };
}

test('opens with the first findings, not with what merely lingers', () => {
  assert.deepEqual(life('.l.m'), ['-', '-', '-', 'opened@3']);
});

test('opens once, is updated when it gets worse, resolves after three quiet windows', () => {
  assert.deepEqual(life('mmMMm..l...'), [
    'opened@0',
    '-',
    'updated@0',
    ...['-', '-', '-', '-', '-', '-', '-'],
    'resolved@0',
  ]);
});

test('a second incident has an id of its own, a repeated life the same ids', () => {
  const idsOf = () => {
    const track = new IncidentTrack('s', MONITOR.decision);
    const ids: string[] = [];
    [...'mm...mm'].forEach((window, since) => {
      const change = track.observe(0, shownBy(window, since), true);
      if (change?.status === 'opened') ids.push(change.incident.id);
    });
    return ids;
  };
  const ids = idsOf();
  assert.equal(new Set(ids).size, 2);
  assert.deepEqual(idsOf(), ids);
});

test('stays open while another horizon still shows it, and is not opened twice by two horizons', () => {
  const track = new IncidentTrack('s', MONITOR.decision);
  assert.deepEqual(life('mm', track, 0), ['opened@0', '-']);
  assert.deepEqual(life('mm', track, 1), ['-', '-']);
  assert.deepEqual(life('....', track, 0), ['-', '-', '-', '-']);
  assert.deepEqual(life('.', track, 1), ['-']);
  assert.deepEqual(life('.', track, 0), ['resolved@0']);
});

test('does not open where another incident speaks for it', () => {
  const track = new IncidentTrack('s', MONITOR.decision);
  for (let window = 0; window < 5; window++) {
    assert.equal(track.observe(0, shownBy('M', window), false), null);
  }
  assert.equal(track.open, null);
});

test('a restored track goes on as the original', () => {
  const track = new IncidentTrack('s', MONITOR.decision);
  life('mm.', track);
  const copy = IncidentTrack.restore('s', MONITOR.decision, structuredClone(track.snapshot()));
  assert.deepEqual(life('..', copy), life('..', track));
  assert.equal(copy.open, null);
});
