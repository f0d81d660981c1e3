import type { ContractsErrorCode } from '@tidemark/contracts';
import type { StoreErrorCode } from '@tidemark/store';
import { TransportError, type TransportErrorCode } from '@tidemark/transport';

/** What stopped a service: the code of the error that did, where it has one; `failed` is anything else, and a fault of the program. */
export type ServiceErrorCode = TransportErrorCode | ContractsErrorCode | StoreErrorCode;

/** Where in its work a service was. */
export interface Place {
  readonly service: string;
  readonly topic: string;
  /** Null where the whole topic is meant. */
  readonly partition: number | null;
  /** Of the first record that was being taken, or after the last that was to be committed; null where none had been. */
  readonly offset: number | null;
}

/** An error that ended a service, with the place where it did. Its cause is the error itself. */
export class ServiceError extends Error {
  readonly code: ServiceErrorCode;
  /** Whether the service may succeed later without anybody's doing. */
  readonly retriable: boolean;

  constructor(
    message: string,
    readonly place: Place,
    cause: unknown,
  ) {
    super(message, { cause });
    this.name = 'ServiceError';
    const { code, retriable } = isProcessError(cause) ? cause : { code: 'failed' as const, retriable: false };
    this.code = code;
    this.retriable = retriable;
  }
}

/** Whether another owner has the partition: no failure, and the transport says all that is to be said of it. */
export function isFenced(error: unknown): error is TransportError {
  return error instanceof TransportError && error.code === 'fenced';
}

/** Runs an action; what it throws names the place, once. An error `fenced` stays as it is. @param place where the action is by then. */
export async function at<T>(doing: string, place: () => Place, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof ServiceError || isFenced(error)) throw error;
    const where = place();
    const message = error instanceof Error ? error.message : String(error);
    throw new ServiceError(`${doing} ${nameOf(where)}: ${message}`, where, error);
  }
}

/** Throws one error for several: that of the first, which names the others. Nothing is thrown where there is none. */
export function throwTogether(errors: readonly unknown[]): void {
  if (errors.length === 0) return;
  // One that cannot pass by itself decides what becomes of the service.
  const decisive = errors.find((error) => !(error instanceof ServiceError && error.retriable)) ?? errors[0];
  const others = errors.filter((error) => error !== decisive);
  if (others.length > 0 && decisive instanceof ServiceError) {
    decisive.message += `; and ${others.map((error) => (error instanceof Error ? error.message : String(error))).join('; ')}`;
  }
  throw decisive;
}

function nameOf({ topic, partition, offset }: Place): string {
  return `${topic}${partition === null ? '' : `/${partition}`}${offset === null ? '' : ` at offset ${offset}`}`;
}

/** The packages' own errors say by a code what failed, and whether it may pass. */
function isProcessError(error: unknown): error is { readonly code: ServiceErrorCode; readonly retriable: boolean } {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    'retriable' in error &&
    typeof error.retriable === 'boolean'
  );
}
