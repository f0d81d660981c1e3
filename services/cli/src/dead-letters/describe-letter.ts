import { isUtf8 } from 'node:buffer';
import {
  DEAD_LETTER_REASONS,
  readAsFarAsPossible,
  schemaIdOf,
  type DeadLetter,
  type DeadLetterReason,
  type SchemaRegistry,
} from '@tidemark/contracts';
import { hexDump, printableTime } from '../printable.js';
import type { StoredLetter } from './letters.js';

const MOST_HEX_BYTES = 512;
const MOST_TEXT_CHARACTERS = 4000;
/** What stands before the Avro body. */
const HEADER_BYTES = 5;

/** The model that a letter is about, as far as it can be told without a schema; null where it cannot. */
export function modelOf({ value }: DeadLetter): string | null {
  if (value === null || value.length > 1 << 20 || value[0] !== 0x7b) return null;
  try {
    const { model } = JSON.parse(Buffer.from(value).toString()) as { model?: unknown };
    return typeof model === 'string' && model !== '' ? model : null;
  } catch {
    return null;
  }
}

/** Everything that is known of a letter, line by line. */
export async function describeLetter(
  { place, letter, replayed }: StoredLetter,
  registry: SchemaRegistry,
): Promise<string[]> {
  const { topic, partition, offset, timestamp, key, value, valueBytes, reason, detail } = letter;
  const kept = value?.length ?? 0;
  const lines = [
    `Dead letter ${place}${replayed ? ' (sent again)' : ''}`,
    `  from       ${topic}, partition ${partition}, offset ${offset}`,
    `  written    ${timestamp === 0 ? 'unknown' : printableTime(timestamp)}`,
    `  rejected   ${printableTime(letter.rejectedAt)} by ${letter.rejectedBy}`,
    `  reason     ${reason}: ${meaningOf(reason)}`,
    `  detail     ${detail}`,
    `  key        ${key === null ? 'none' : textOrHex(key)}`,
    `  value      ${valueBytes} bytes${kept < valueBytes ? `, ${kept} of them kept` : ''}`,
  ];
  if (value === null || kept === 0) return lines;
  return [...lines, '', ...hexDump(value, MOST_HEX_BYTES), '', ...(await decoded(value, registry))];
}

async function decoded(value: Uint8Array, registry: SchemaRegistry): Promise<string[]> {
  const id = schemaIdOf(value);
  if (id !== null) return decodedAvro(id, value.subarray(HEADER_BYTES), registry);
  if (!isUtf8(value)) return ['Not text in UTF-8.'];
  const text = Buffer.from(value).toString();
  const shown = text.slice(0, MOST_TEXT_CHARACTERS);
  let verdict = 'JSON:';
  try {
    JSON.parse(text);
  } catch (error) {
    verdict = `Text that is not JSON (${error instanceof Error ? error.message : String(error)}):`;
  }
  return [verdict, ...shown.split('\n'), ...(shown.length < text.length ? ['…'] : [])];
}

async function decodedAvro(id: number, body: Uint8Array, registry: SchemaRegistry): Promise<string[]> {
  const answer = await registry.schemaOf(id);
  if (!answer.ok) return [`Avro with the schema id ${id}: ${answer.detail}`];
  const { schema, fields, fault } = readAsFarAsPossible(answer.schema, body);
  return [
    `Avro with the schema id ${id}, ${schema}:`,
    ...fields.map(({ name, value }) => `  ${name} = ${JSON.stringify(value) ?? 'null'}`),
    ...(fault === null ? [] : [`  … ${fault}`]),
  ];
}

/** A letter holds whatever was written as its reason. */
function meaningOf(reason: string): string {
  return Object.hasOwn(DEAD_LETTER_REASONS, reason)
    ? DEAD_LETTER_REASONS[reason as DeadLetterReason]
    : 'a reason that this version does not know';
}

function textOrHex(bytes: Uint8Array): string {
  const short = Buffer.from(bytes.subarray(0, 256));
  const more = bytes.length > short.length ? ` … (${bytes.length} bytes)` : '';
  return (isUtf8(short) ? JSON.stringify(short.toString()) : `0x${short.toString('hex')}`) + more;
}
