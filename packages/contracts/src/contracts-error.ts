/**
 * Why a process cannot go on, as opposed to a record:
 * - `registry-unreachable`: the registry does not answer, or answers that it cannot now; try again
 * - `registry-denied`: the registry refuses the credentials
 * - `registry-refused`: the registry takes the schema for incompatible or wrong, or its subject is set up otherwise
 * - `invalid-record`: a record to be written does not fit its schema
 * - `schema-files-missing`: the installation lacks its .avsc files
 */
export type ContractsErrorCode =
  'registry-unreachable' | 'registry-denied' | 'registry-refused' | 'invalid-record' | 'schema-files-missing';

export class ContractsError extends Error {
  readonly code: ContractsErrorCode;
  /** Whether the same call may succeed later without anybody's doing. */
  readonly retriable: boolean;

  constructor(code: ContractsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ContractsError';
    this.code = code;
    this.retriable = code === 'registry-unreachable';
  }
}
