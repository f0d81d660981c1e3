import { readFileSync } from 'node:fs';

/** Resident memory of a process in bytes, now and at its highest; zeros where it is gone or the system does not tell (not Linux). */
export function memoryOf(pid: number | undefined): { readonly now: number; readonly peak: number } {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const read = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
    return { now: read('VmRSS'), peak: read('VmHWM') };
  } catch {
    return { now: 0, peak: 0 };
  }
}
