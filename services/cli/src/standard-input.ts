import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';

/**
 * Puts the empty device in the place of standard input. No command reads it, but the embedded engine looks into it at every insert: it
 * refuses one where something is there, and takes what the loop of a shell script was to read.
 */
export function leaveStandardInput(): void {
  closeSync(0);
  // The lowest number that is free is given, which is that of standard input.
  openSync(devNull, 'r');
}
