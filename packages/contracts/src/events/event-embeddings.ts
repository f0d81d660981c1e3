import { MOST_EMBEDDING_COLUMNS } from '@tidemark/monitoring';
import { MOST_DIMENSIONS } from '@tidemark/sketches';
import type { AvroReader } from './avro-reader.js';
import type { EventCursor } from './event-cursor.js';
import { checkFeatureName, type EventRow } from './event-row.js';
import { duplicate } from '../records/json-object.js';
import { RecordFault } from '../records/record-fault.js';

/** The components of the vector that is being read, before its dimension is known. */
const components = new Float32Array(MOST_DIMENSIONS);

/** Reads a map of embeddings in Avro, whose components are floats or doubles. */
export function readEmbeddings(reader: AvroReader, event: EventCursor, componentBytes: 4 | 8): void {
  for (let count = reader.block(2); count > 0; count = reader.block(2)) {
    for (let i = 0; i < count; i++) {
      const name = reader.text(event.limits.maxStringBytes, "an embedding's name");
      let dimension = 0;
      for (let items = reader.block(componentBytes); items > 0; items = reader.block(componentBytes)) {
        if (dimension + items > MOST_DIMENSIONS) throw tooLong(name, dimension + items);
        for (let item = 0; item < items; item++) {
          components[dimension++] = componentBytes === 4 ? reader.float() : reader.double();
        }
      }
      setEmbedding(event.row, name, dimension);
    }
  }
}

/** Takes an embedding of an event in JSON. @throws RecordFault `wrong_type` where it is no array of numbers. */
export function takeJsonEmbedding(row: EventRow, name: string, value: unknown): void {
  if (!Array.isArray(value)) throw new RecordFault('wrong_type', `embeddings.${name} is no array of numbers`);
  if (value.length > MOST_DIMENSIONS) throw tooLong(name, value.length);
  for (let i = 0; i < value.length; i++) {
    const component: unknown = value[i];
    if (typeof component !== 'number') throw new RecordFault('wrong_type', `embeddings.${name}[${i}] is no number`);
    components[i] = component;
  }
  setEmbedding(row, name, value.length);
}

/** An empty vector is none; one of another dimension than the first of its name, or not finite, is a fault of its own. */
function setEmbedding(row: EventRow, name: string, dimension: number): void {
  row.given();
  if (dimension === 0) return;
  const { batch } = row;
  if (!batch.vectors.has(name)) {
    checkFeatureName(name);
    if (batch.vectors.size >= MOST_EMBEDDING_COLUMNS) {
      batch.refuse(name);
      return;
    }
  }
  const vectors = batch.vector(name, dimension);
  if (vectors.has(row.row)) throw duplicate(name);
  let sound = vectors.dimension === dimension;
  if (sound) {
    const from = vectors.place(row.row);
    for (let i = 0; i < dimension; i++) {
      const component = components[i];
      vectors.values[from + i] = component;
      sound &&= Number.isFinite(component);
    }
  }
  vectors.set(row.row, sound);
}

function tooLong(name: string, dimension: number): RecordFault {
  return new RecordFault('too_long', `embeddings.${name} has ${dimension} components, ${MOST_DIMENSIONS} are allowed`);
}
