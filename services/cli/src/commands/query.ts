import { openStore } from '../connections.js';
import { print, printJson, table } from '../terminal.js';

/** Runs SQL on the store and prints the rows, as a table or as JSON lines. */
export async function runQuery(sql: string, folder: string | undefined, json: boolean): Promise<void> {
  const store = await openStore(folder);
  try {
    const rows = await store.query(sql);
    if (json) {
      for (const row of rows) printJson(row);
    } else if (rows.length === 0) {
      print('No rows.');
    } else {
      const names = Object.keys(rows[0]);
      print(
        ...table(
          names,
          rows.map((row) => names.map((name) => cellOf(row[name]))),
        ),
      );
    }
  } finally {
    await store.close();
  }
}

function cellOf(value: unknown): string | number {
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number(value.toPrecision(6));
  return typeof value === 'string' ? value : JSON.stringify(value);
}
