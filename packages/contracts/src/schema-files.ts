import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Schema } from 'avsc';
import { ContractsError } from './contracts-error.js';

/** The records that travel on Tidemark's topics, each with a schema of its name in the namespace `io.tidemark`. */
export const RECORD_NAMES = [
  'InferenceEvent',
  'GroundTruth',
  'SketchPartial',
  'SourceWatermark',
  'Baseline',
  'DriftEvent',
  'DeadLetter',
  'LabelingRequest',
  'Monitor',
  'Control',
] as const;

export type RecordName = (typeof RECORD_NAMES)[number];

/** An Avro schema as JSON. */
export type AvroSchema = Schema;

// Beside the compiled files when installed, at the root of the repository when not.
const FOLDERS = ['../schemas/', '../../../../schemas/'];

/**
 * The Avro schema of a record, as its .avsc file states it.
 * @throws ContractsError `schema-files-missing` where the installation lacks the files.
 */
export function schemaOf(name: RecordName): AvroSchema {
  for (const folder of FOLDERS) {
    const file = fileURLToPath(new URL(`${folder}${name}.avsc`, import.meta.url));
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as AvroSchema;
  }
  throw new ContractsError(
    'schema-files-missing',
    `The schema file ${name}.avsc was not found beside ${fileURLToPath(import.meta.url)}. Install the package anew.`,
  );
}

/** The registry's subject of a record: its full name (RecordNameStrategy), whatever the topic. */
export function subjectOf(name: RecordName): string {
  return `io.tidemark.${name}`;
}
