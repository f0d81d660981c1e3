import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { SchemaRegistry as RegistryClient } from '@kafkajs/confluent-schema-registry';
import type { Certificates } from '../configuration/certificates.js';
import { parseSchema } from '../events/avro-schema.js';
import type { AvroSchema } from '../schema-files.js';
import { schemaTextExcess } from './schema-bounds.js';

type ClientOptions = ConstructorParameters<typeof RegistryClient>[0];
type Middleware = NonNullable<ClientOptions['middlewares']>[number];
type Agent = NonNullable<ClientOptions['agent']>;

/** Bytes of an answer: a schema of the most characters that are compiled, escaped as JSON may have it, fits. */
export const MOST_ANSWER_BYTES = 4 << 20;

/** No whole answer came in time. Its status is that of a gateway that waited in vain, as of any registry that fails. */
class NoAnswer extends Error {
  readonly status = 504;
}

/**
 * What the client leaves open: it waits between two bytes of an answer but not for the whole, hangs where a connection ends within one, and
 * compiles what it gets. A call that has not ended after so many milliseconds, repeats included, is given up and its connection closed.
 */
export function boundedAnswers(timeout: number): Middleware {
  return () => {
    const ending = new AbortController();
    return {
      request: (request) => Promise.resolve(request.enhance({ timeout, signal: ending.signal })),
      response: async (next) => {
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<never>((_, reject) => {
          timer = setTimeout(() => {
            reject(new NoAnswer(`no whole answer of ${MOST_ANSWER_BYTES} bytes at most came within ${timeout} ms`));
            ending.abort();
          }, timeout);
        });
        try {
          const answer = await Promise.race([next(), late]);
          const { schema } = answer.data<{ readonly schema?: unknown } | null>() ?? {};
          const excess = typeof schema === 'string' ? schemaTextExcess(schema) : null;
          if (excess !== null) throw new Error(`not a schema to compile: ${excess}`);
          // Before the client compiles it: names may stand for far more than is written.
          if (typeof schema === 'string') parseSchema(JSON.parse(schema) as AvroSchema);
          return answer;
        } finally {
          clearTimeout(timer);
        }
      },
    };
  };
}

/**
 * A connection a request, which ends where more comes than an answer may have. Over https it checks the registry's certificate, whatever
 * NODE_TLS_REJECT_UNAUTHORIZED says.
 */
export function boundedAgent(url: string, certificates: Certificates | undefined): Agent {
  const agent = url.startsWith('https:') ? httpsAgent(certificates) : new HttpAgent({ keepAlive: false });
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const socket = connect(options, callback);
    let bytes = 0;
    socket?.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MOST_ANSWER_BYTES) socket.destroy();
    });
    return socket;
  };
  return agent;
}

function httpsAgent(certificates: Certificates | undefined): HttpsAgent {
  const { ca = null, certificate = null, key = null } = certificates ?? {};
  return new HttpsAgent({
    keepAlive: false,
    rejectUnauthorized: true,
    ...(ca === null ? {} : { ca }),
    ...(certificate === null || key === null ? {} : { cert: certificate, key }),
  });
}
