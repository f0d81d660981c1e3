import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { realParts, type RealParts } from './real-parts.js';

describe('The schema registry of the tests', { timeout: 120_000 }, () => {
  let parts: RealParts;
  before(async () => {
    parts = await realParts();
  });
  after(() => parts.release());

  it('gives a schema back by the id that it gave', async () => {
    const schema = JSON.stringify({ type: 'record', name: 'Probe', fields: [{ name: 'a', type: 'long' }] });
    const registered = await fetch(`${parts.registryUrl}/subjects/probe-value/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schema }),
    });
    assert.equal(registered.status, 200);
    const { id } = (await registered.json()) as { id: number };
    const found = (await (await fetch(`${parts.registryUrl}/schemas/ids/${id}`)).json()) as { schema: string };
    assert.deepEqual(JSON.parse(found.schema), JSON.parse(schema));
  });
});
