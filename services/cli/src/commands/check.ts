import { formatDuration } from '@tidemark/contracts';
import { loadMonitors } from '../monitor-files.js';
import { print } from '../terminal.js';

/** Reads monitor files and says what they watch; faults end the command. */
export function runCheck(path: string): void {
  for (const { monitor } of loadMonitors(path)) {
    const windows = monitor.windows.map(({ size }) => formatDuration(size)).join(', ');
    const version = monitor.version === '*' ? 'every version' : `version ${monitor.version}`;
    print(`${monitor.model}, ${version}: windows of ${windows} from panes of ${formatDuration(monitor.pane)}`);
  }
}
