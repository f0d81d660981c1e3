import { join } from 'node:path';
import { readdirSync } from 'node:fs';
import { freePorts, newFolder, startPart, type RunningPart } from './java-process.js';
import { javaParts } from './java-parts.js';

/** A schema registry with Confluent's interface. Its schemas are in memory: a restart forgets them. */
export interface RunningRegistry extends RunningPart {
  /** The base address for Confluent's interface. */
  readonly url: string;
}

export async function startRegistry(): Promise<RunningRegistry> {
  const { registry } = await javaParts();
  const runner = readdirSync(registry).find((name) => name.endsWith('-runner.jar'));
  if (runner === undefined)
    throw new Error(`There is no runner in ${registry}: remove the folder, and it is fetched anew`);
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  const part = await startPart({
    name: 'registry',
    folder: newFolder('registry'),
    javaArguments: [
      '-Xmx384m',
      '-XX:+UseSerialGC',
      '-Dquarkus.http.host=127.0.0.1',
      `-Dquarkus.http.port=${port}`,
      '-Dquarkus.log.level=WARN',
      '-Dquarkus.log.file.enable=false',
      '-jar',
      join(registry, runner),
    ],
    startTimeout: 90_000,
    answers: async () => {
      const response = await fetch(`${url}/subjects`, { signal: AbortSignal.timeout(2000) });
      if (!response.ok) throw new Error(`The registry answers ${response.status}`);
    },
  });
  return { ...part, url };
}
