import avro, { type Type } from 'avsc';
import type {
  Baseline,
  Control,
  DriftEvent,
  LabelingRequest,
  SketchPartial,
  SourceWatermark,
} from '@tidemark/monitoring';
import { baselineFromAvro, baselineToAvro } from './baseline-record.js';
import { controlFromAvro, controlToAvro } from './control-record.js';
import { deadLetterFromAvro, deadLetterToAvro, type DeadLetter } from './dead-letter.js';
import { driftEventFromAvro, driftEventToAvro } from './drift-event-record.js';
import { truthFromAvro, truthToAvro, type GroundTruth } from './ground-truth.js';
import { eventFromAvro, eventToAvro, type InferenceEvent } from '../events/inference-event.js';
import { requestFromAvro, requestToAvro } from './labeling-request-record.js';
import { monitorFromAvro, monitorToAvro, type AppliedMonitor } from './monitor-record.js';
import { partialFromAvro, partialToAvro, type LayoutLookup } from './partial-record.js';
import { schemaOf, type AvroSchema, type RecordName } from '../schema-files.js';
import { watermarkFromAvro, watermarkToAvro } from './source-watermark.js';

/** What each record is in the program. */
export interface Records {
  readonly InferenceEvent: InferenceEvent;
  readonly GroundTruth: GroundTruth;
  readonly SketchPartial: SketchPartial;
  readonly SourceWatermark: SourceWatermark;
  readonly Baseline: Baseline;
  readonly DriftEvent: DriftEvent;
  readonly DeadLetter: DeadLetter;
  readonly LabelingRequest: LabelingRequest;
  readonly Monitor: AppliedMonitor;
  readonly Control: Control;
}

/** A record that was read, told apart by its name. */
export type ReadRecord =
  | { readonly [N in Exclude<RecordName, 'SketchPartial'>]: { readonly name: N; readonly record: Records[N] } }[Exclude<
      RecordName,
      'SketchPartial'
    >]
  | {
      readonly name: 'SketchPartial';
      readonly record: SketchPartial;
      /** Columns whose bins were dropped, as the baseline they were counted in is not known here. */
      readonly columnsWithoutBins: readonly string[];
    };

export const TO_AVRO: { readonly [N in RecordName]: (record: Records[N]) => unknown } = {
  InferenceEvent: eventToAvro,
  GroundTruth: truthToAvro,
  SketchPartial: (partial) => partialToAvro(partial),
  SourceWatermark: watermarkToAvro,
  Baseline: baselineToAvro,
  DriftEvent: driftEventToAvro,
  DeadLetter: deadLetterToAvro,
  LabelingRequest: requestToAvro,
  Monitor: monitorToAvro,
  Control: controlToAvro,
};

/** The record of a decoded Avro value. @throws RecordFault where its parts do not hold together. */
export function recordFromAvro(name: RecordName, value: unknown, layoutOf: LayoutLookup): ReadRecord {
  switch (name) {
    case 'InferenceEvent':
      return { name, record: eventFromAvro(value) };
    case 'GroundTruth':
      return { name, record: truthFromAvro(value) };
    case 'SketchPartial':
      return { name, ...partialFromAvro(value, layoutOf) };
    case 'SourceWatermark':
      return { name, record: watermarkFromAvro(value) };
    case 'Baseline':
      return { name, record: baselineFromAvro(value) };
    case 'DriftEvent':
      return { name, record: driftEventFromAvro(value) };
    case 'DeadLetter':
      return { name, record: deadLetterFromAvro(value) };
    case 'LabelingRequest':
      return { name, record: requestFromAvro(value) };
    case 'Monitor':
      return { name, record: monitorFromAvro(value) };
    case 'Control':
      return { name, record: controlFromAvro(value) };
  }
}

const types = new Map<RecordName, Type>();

/**
 * The type that a record is read as. Truth is written by anybody, whose times may be doubles: what the schema file states as a long is
 * read as any number, and the fraction cut off afterwards.
 */
export function readingTypeOf(name: RecordName): Type {
  if (name !== 'GroundTruth') return typeOf(name);
  return (truthType ??= avro.Type.forSchema(withAnyTime(schemaOf(name))));
}

function withAnyTime(schema: AvroSchema): AvroSchema {
  const record = schema as { readonly fields: readonly { readonly name: string }[] };
  const fields = record.fields.map((field) =>
    field.name === 'observed_at' ? { ...field, type: ['null', 'double'] } : field,
  );
  return { ...record, fields } as unknown as AvroSchema;
}

let truthType: Type | undefined;

/** The compiled Avro type of a record, as its schema file states it. */
export function typeOf(name: RecordName): Type {
  let type = types.get(name);
  if (type === undefined) types.set(name, (type = avro.Type.forSchema(schemaOf(name))));
  return type;
}
