/** Why a record is turned away. The list is closed: dashboards and the command line's filters rest on it. */
export const DEAD_LETTER_REASONS = {
  empty: 'no value, or one of no bytes',
  too_large: 'more bytes than a record may have, or in a batch that inflates to more than one may have',
  unreadable_batch:
    'in a batch that is damaged, or of a format or codec that nobody knows: nothing of the record could be read',
  bad_magic: 'neither the registry format (first byte 0) nor JSON',
  unknown_schema: 'the registry does not know the schema id',
  wrong_schema: 'the schema is not that of the record expected here, or cannot be read as it',
  truncated: 'the bytes end before the record does',
  damaged: 'bytes that no writer of the schema gives: a length out of range, a bad boolean, an unknown union branch',
  trailing_bytes: 'bytes follow after the end of the record',
  invalid_utf8: 'a string that is not UTF-8',
  invalid_json: 'text that is not JSON, or not an object',
  duplicate_name: 'a name that comes twice in one object or map',
  missing_field: 'a field that must be there is not, or is empty',
  wrong_type: 'a value of a type that the field does not take',
  too_long: 'a name or a string longer than allowed',
  too_many_features: 'more features than an event may have',
  too_many_segments: 'more segment tags than an event may have',
  too_many_streams: 'an event of a stream (model, version and role) beyond the most that a process takes',
  reserved_name:
    "a feature whose name is empty or begins with 'prediction.', or a model or version with the character U+0000",
  time_out_of_range:
    'a time that is none, before the year 2000, after 2099, or further in the future than the allowed skew',
  no_values: 'an event with neither a feature nor a prediction',
  all_nan: 'an event whose every feature and prediction is NaN',
  unprocessable: 'a record that could be read, but not counted or written: the detail says what failed',
} as const;

export type DeadLetterReason = keyof typeof DEAD_LETTER_REASONS;

/** What is wrong with a record: thrown within the decoders and turned into a value at their boundary. */
export class RecordFault extends Error {
  readonly reason: DeadLetterReason;

  constructor(reason: DeadLetterReason, detail: string) {
    super(detail);
    this.name = 'RecordFault';
    this.reason = reason;
  }
}

/** A record that cannot be used, with the reason for its dead letter. */
export interface FaultyRecord {
  readonly ok: false;
  readonly reason: DeadLetterReason;
  /** What exactly was wrong, for a person. */
  readonly detail: string;
}

/** The fault of a record that the log itself could not read. */
export function refusalOf(record: {
  readonly refused: string;
  readonly refusedAs?: 'damaged' | 'too-large';
}): FaultyRecord {
  const reason = record.refusedAs === 'too-large' ? 'too_large' : 'unreadable_batch';
  return { ok: false, reason, detail: record.refused };
}

/** What a decoder threw, as a value; anything but a fault of the record is thrown on. */
export function faultOf(thrown: unknown): FaultyRecord {
  if (thrown instanceof RecordFault) return { ok: false, reason: thrown.reason, detail: thrown.message };
  throw thrown;
}
