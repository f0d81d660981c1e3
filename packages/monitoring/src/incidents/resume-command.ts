import type { Stream } from '../model/stream.js';

const PLAIN = /^[A-Za-z0-9_.:/][A-Za-z0-9_.:/-]*$/;

/**
 * The command that brings a stream back which was set aside. People paste it into a shell, and whoever sends events chooses the names: one
 * that is not plain stands in single quotes, in which a shell takes nothing for its own.
 *
 * @example
 * resumeCommand({ model: 'loans', version: '3', role: 'champion' }); // 'tidemark resume loans 3'
 * resumeCommand({ model: 'a; id', version: '3', role: 'champion' }); // "tidemark resume 'a; id' 3"
 */
export function resumeCommand({ model, version }: Stream): string {
  // So that a name is no option.
  const end = [model, version].some((name) => name.startsWith('-')) ? '-- ' : '';
  return `tidemark resume ${end}${shellWord(model)} ${shellWord(version)}`;
}

function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
