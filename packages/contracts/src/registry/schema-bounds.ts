/** Characters of a schema's JSON. */
export const MOST_SCHEMA_CHARACTERS = 1 << 20;
/** Objects and arrays in one another: each level of a type takes two or three. */
export const DEEPEST_SCHEMA = 64;
/** Types, fields, symbols and all else that a schema's JSON is made of. */
export const MOST_SCHEMA_PARTS = 50_000;

/**
 * What makes a schema one that is not compiled; null where nothing does. Anybody who can write to the registry can put a schema there
 * and a record that names it on the topic, and compiling takes stack by the depth and time by the size. Types that contain
 * themselves are none of this: they are as large as they are written, and how deep values go is bounded where values are read.
 */
export function schemaExcess(schema: unknown): string | null {
  // A stack of our own: the call stack is what deep nesting is after.
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value: schema, depth: 1 }];
  let parts = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, depth } = next;
    if (++parts > MOST_SCHEMA_PARTS) return `it has more than ${MOST_SCHEMA_PARTS} parts`;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > DEEPEST_SCHEMA) return `it is nested deeper than ${DEEPEST_SCHEMA}`;
    for (const child of Object.values(value)) open.push({ value: child, depth: depth + 1 });
  }
  return null;
}

/** The same of a schema as text, whose length alone may be too much. */
export function schemaTextExcess(text: string): string | null {
  if (text.length > MOST_SCHEMA_CHARACTERS) {
    return `it has ${text.length} characters, ${MOST_SCHEMA_CHARACTERS} are allowed`;
  }
  return schemaExcess(JSON.parse(text));
}
