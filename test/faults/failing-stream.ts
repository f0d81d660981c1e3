// Loaded into detectors before anything else (`node --import`): while a file names a stream, each of its panes fails as it closes. No input is
// known that makes a stream fail and can be mended, so the cause is put in where the windows take their panes.
import { existsSync, readFileSync } from 'node:fs';
import type { NamedStream } from './expectations.js';

/** The name of the environment's variable that names the file. */
export const FAILING_STREAM_FILE = 'FAULTS_FAILING_STREAM';
/** This module, for `--import`. */
export const FAILING_STREAM = import.meta.url;

interface StreamMonitor {
  readonly stream: NamedStream;
  take(...parameters: unknown[]): void;
}

const file = process.env[FAILING_STREAM_FILE];
if (file !== undefined) {
  // By its file: the package does not offer it, and the services must get this very one.
  const module = new URL('../../../packages/monitoring/dist/src/monitors/stream-monitor.js', import.meta.url);
  const { prototype } = ((await import(module.href)) as { StreamMonitor: { prototype: StreamMonitor } }).StreamMonitor;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is applied to what it is called on
  const { take } = prototype;
  prototype.take = function (this: StreamMonitor, ...parameters: unknown[]) {
    if (existsSync(file)) {
      const { model, version, role } = JSON.parse(readFileSync(file, 'utf8')) as NamedStream;
      const { stream } = this;
      if (stream.model === model && stream.version === version && stream.role === role) {
        throw new RangeError('a part that no window takes');
      }
    }
    take.apply(this, parameters);
  };
}
