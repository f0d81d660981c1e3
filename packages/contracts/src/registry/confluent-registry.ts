import { COMPATIBILITY, SchemaRegistry as RegistryClient, SchemaType } from '@kafkajs/confluent-schema-registry';
import type { Certificates } from '../configuration/certificates.js';
import { ContractsError } from '../contracts-error.js';
import { boundedAgent, boundedAnswers } from './bounded-answers.js';
import type { SchemaAnswer, SchemaRegistry } from './registry.js';
import type { AvroSchema } from '../schema-files.js';

export interface ConfluentRegistryOptions {
  /** The registry's base address: `http://localhost:8081`, or `https://host/apis/ccompat/v7` for Apicurio. */
  readonly url: string;
  readonly auth?: { readonly username: string; readonly password: string };
  /** Where the address is https: what the connection is made with; the system's authorities unless stated. */
  readonly certificates?: Certificates;
  /** Milliseconds until the whole of an answer must be there, repeats included; 10 000 unless stated. */
  readonly timeout?: number;
  /** How often a failed request is repeated before it counts as failed; 3 unless stated. */
  readonly retries?: number;
}

/** How often a schema is registered while the registry sees a conflict, and the milliseconds between, ever more of them. */
const MOST_ATTEMPTS = 4;
const CONFLICT_PAUSE = 100;

/** The port to a registry that speaks Confluent's HTTP interface. Subjects are registered as FULL_TRANSITIVE. */
export class ConfluentRegistry implements SchemaRegistry {
  readonly #client: RegistryClient;
  readonly #where: string;

  constructor(options: ConfluentRegistryOptions) {
    this.#where = options.url;
    this.#client = new RegistryClient({
      host: options.url.replace(/\/+$/, ''),
      clientId: 'tidemark',
      agent: boundedAgent(options.url, options.certificates),
      middlewares: [boundedAnswers(options.timeout ?? 10_000)],
      retry: { retries: options.retries ?? 3, initialRetryTimeInSecs: 0.1, maxRetryTimeInSecs: 2 },
      ...(options.auth === undefined ? {} : { auth: options.auth }),
    });
  }

  async register(subject: string, schema: AvroSchema): Promise<number> {
    for (let attempt = 1; ; attempt++) {
      try {
        const registered = await this.#client.register(
          { type: SchemaType.AVRO, schema: JSON.stringify(schema) },
          { subject, compatibility: COMPATIBILITY.FULL_TRANSITIVE },
        );
        return registered.id;
      } catch (error) {
        // Also of two processes that register a subject's first schema at once one is refused; a moment later the schema is known.
        if (!isConflict(error) || attempt === MOST_ATTEMPTS) {
          throw this.#failure(error, `registering ${subject}`);
        }
        await new Promise((resolve) => setTimeout(resolve, attempt * CONFLICT_PAUSE));
      }
    }
  }

  async schemaOf(id: number): Promise<SchemaAnswer> {
    try {
      const type: unknown = await this.#client.getSchema(id);
      if (!isAvroType(type)) {
        return { ok: false, reason: 'wrong_schema', detail: `schema ${id} is not an Avro schema` };
      }
      return { ok: true, schema: type.schema({ exportAttrs: true }) };
    } catch (error) {
      const status = statusOf(error);
      if (status === 404) {
        return { ok: false, reason: 'unknown_schema', detail: `the registry has no schema with the id ${id}` };
      }
      if (status === null) {
        return { ok: false, reason: 'wrong_schema', detail: `schema ${id} cannot be read: ${messageOf(error)}` };
      }
      throw this.#failure(error, `fetching schema ${id}`);
    }
  }

  /** Whether a subject has a schema, in whatever version. Registers nothing. @throws ContractsError where the registry fails. */
  async isRegistered(subject: string, schema: AvroSchema): Promise<boolean> {
    try {
      await this.#client.getRegistryIdBySchema(subject, { type: SchemaType.AVRO, schema: JSON.stringify(schema) });
      return true;
    } catch (error) {
      // What the client makes of a 404.
      if (error instanceof Error && error.name === 'ConfluentSchemaRegistryError') return false;
      throw this.#failure(error, `looking for the schema of ${subject}`);
    }
  }

  /** Whether the registry answers; asked anew each time. @throws ContractsError where it does not, or refuses. */
  async ping(): Promise<void> {
    try {
      await this.#client.getLatestSchemaId('tidemark');
    } catch (error) {
      // No such subject is an answer, too.
      if (statusOf(error) !== 404) throw this.#failure(error, 'asking for a subject');
    }
  }

  #failure(error: unknown, doing: string): ContractsError {
    const status = statusOf(error);
    const where = `${doing} at the schema registry ${this.#where}: ${messageOf(error)}`;
    const options = { cause: error };
    if (status === 401 || status === 403) {
      return new ContractsError('registry-denied', `Refused while ${where}. Check its credentials.`, options);
    }
    if (status === null || status === 409 || status === 422) {
      return new ContractsError(
        'registry-refused',
        `Not accepted while ${where}. The subject must allow FULL_TRANSITIVE evolution of this schema.`,
        options,
      );
    }
    return new ContractsError(
      'registry-unreachable',
      `Failed while ${where}. Check that it runs and can be reached.`,
      options,
    );
  }
}

/** The HTTP status of a failed request; null for what the client itself found wrong with an answer. */
function statusOf(error: unknown): number | null {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' ? status : null;
}

/** The registry's own refusal, or that another has registered the subject and not yet said how it may evolve. */
function isConflict(error: unknown): boolean {
  return statusOf(error) === 409 || (error instanceof Error && /^Compatibility does not match/.test(error.message));
}

/**
 * What happened, in words. The client makes the status 400 of a connection that failed, and puts its own name before everything.
 */
function messageOf(error: unknown): string {
  const message = (error instanceof Error ? error.message : String(error)).replace(/^tidemark - /, '');
  const [, status, text] = /^Error, status (\d+)(?:: ([^]*))?$/.exec(message) ?? [];
  if (status === undefined) return message;
  if (status === '400' && CONNECTION_FAILED.test(text)) {
    if (/^socket hang up|ECONNRESET|EPIPE/.test(text)) return `the connection ended before an answer came (${text})`;
    return `no connection could be made (${text})`;
  }
  return `it answered with the status ${status}${text === undefined ? '' : `: ${text}`}`;
}

/** How Node says that a connection failed. */
const CONNECTION_FAILED =
  /^socket hang up|^(connect|read|write|getaddrinfo) E|^Client network socket|certificate|^Hostname|\bE[A-Z]{4,}\b|SSL|TLS/;

function isAvroType(type: unknown): type is { schema(options: { exportAttrs: boolean }): AvroSchema } {
  return typeof (type as { schema?: unknown } | null)?.schema === 'function';
}
