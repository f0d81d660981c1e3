// Runs the ClickHouse front as a process of its own: `serve-front.js <folder> <port>`. It says `{"port": …}` to the process that
// forked it, takes the names of modes from it, and answers each with how many requests met the mode before. It ends with its parent.
import { ClickHouseFront, type FrontMode } from './clickhouse-front.js';

const [folder, port = '0'] = process.argv.slice(2);
if (folder === undefined || process.send === undefined) {
  console.error('Usage, from a process that forks it: serve-front.js <folder> [port]');
  process.exit(2);
}
const front = await ClickHouseFront.open(folder, Number(port));
const say = (message: object) => process.send?.(message);
process.on('message', (mode: FrontMode) => void front.setMode(mode).then((met) => say({ mode, met })));
process.once('disconnect', () => process.exit(0));
process.once('SIGTERM', () => void front.close().then(() => process.exit(0)));
say({ port: front.port });
