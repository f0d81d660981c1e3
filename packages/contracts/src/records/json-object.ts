import { isUtf8 } from 'node:buffer';
import { RecordFault } from './record-fault.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Objects and arrays in one another, as for values in Avro. */
const DEEPEST = 64;

/**
 * The object that a record in plain JSON is.
 * @throws RecordFault `invalid_utf8`, also for half a surrogate pair; `invalid_json`; `duplicate_name`, where JSON.parse would
 *   silently keep the last.
 */
export function parseJsonObject(message: Uint8Array): JsonObject {
  if (!isUtf8(message)) throw new RecordFault('invalid_utf8', 'the record is not UTF-8');
  const text = Buffer.from(message.buffer, message.byteOffset, message.length).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new RecordFault('invalid_json', error instanceof Error ? error.message.slice(0, 200) : 'not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RecordFault('invalid_json', 'the record is not a JSON object');
  }
  // Each name is followed by a colon: with as many names as that, none comes twice. Strings may hold more of them, which is rare.
  if (countMembers(value, 1) !== countNames(text)) checkNames(text);
  if (/\\u[dD][89a-fA-F]/.test(text)) checkStrings(value);
  return value as JsonObject;
}

/** Members of all objects in a value. */
function countMembers(value: object, depth: number): number {
  if (depth > DEEPEST) throw new RecordFault('invalid_json', `values nested deeper than ${DEEPEST}`);
  let members = 0;
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) {
      if (typeof item === 'object' && item !== null) members += countMembers(item, depth + 1);
    }
    return members;
  }
  for (const name in value) {
    members++;
    const item = (value as JsonObject)[name];
    if (typeof item === 'object' && item !== null) members += countMembers(item, depth + 1);
  }
  return members;
}

/** Quotes that a colon follows: at least as many as there are names. */
function countNames(text: string): number {
  let names = 0;
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) {
    let before = at - 1;
    while (isSpace(text.charCodeAt(before))) before--;
    if (text.charCodeAt(before) === 0x22) names++;
  }
  return names;
}

/** @param text valid JSON. @throws RecordFault where an object has a name twice. */
function checkNames(text: string): void {
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x7b) open.push(new Set());
    else if (code === 0x5b) open.push(null);
    else if (code === 0x7d || code === 0x5d) open.pop();
    else if (code === 0x22) {
      const start = at;
      for (at++; text.charCodeAt(at) !== 0x22; at++) if (text.charCodeAt(at) === 0x5c) at++;
      let after = at + 1;
      while (isSpace(text.charCodeAt(after))) after++;
      if (text.charCodeAt(after) !== 0x3a) continue;
      const name = JSON.parse(text.slice(start, at + 1)) as string;
      const names = open[open.length - 1]!;
      if (names.has(name)) throw duplicate(name);
      names.add(name);
    }
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

/** Half a surrogate pair has no UTF-8: two names that differ in one would be written as the same bytes. */
function checkStrings(value: unknown): void {
  if (typeof value === 'string') {
    if (/\p{Surrogate}/u.test(value)) throw new RecordFault('invalid_utf8', 'a string has half of a surrogate pair');
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      checkStrings(name);
      checkStrings(item);
    }
  }
}

export function duplicate(name: string): RecordFault {
  return new RecordFault('duplicate_name', `the name ${JSON.stringify(name.slice(0, 60))} comes twice`);
}
