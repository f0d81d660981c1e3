import type { MonitorChange } from '@tidemark/control';
import { structuredPatch } from 'diff';
import { printable } from '../printable.js';
import { paint, type Line } from '../terminal.js';

/** What becomes of a monitor, then the lines that change. */
export function describeChange({ model, version, action, before, after }: MonitorChange): Line[] {
  const name = nameOf(model, version);
  const stood = before?.document ?? null;
  const document = after?.document ?? null;
  switch (action) {
    case 'keep':
      return [before === null ? `${name}: there is none` : `${name}: unchanged (revision ${before.revision})`];
    case 'remove':
      return [`${name}: removed (revision ${after!.revision})`, ...describeDiff(stood ?? '', '')];
    case 'add':
      return [`${name}: new (revision ${after!.revision})`, ...describeDiff('', document ?? '')];
    case 'change':
      return [
        `${name}: changed (revision ${before!.revision} → ${after!.revision})`,
        ...describeDiff(stood ?? '', document ?? ''),
      ];
  }
}

/** The lines that differ with some around them, for a terminal; those that are gone red, new ones green. */
export function describeDiff(before: string, after: string): Line[] {
  const { hunks } = structuredPatch('', '', before, after, '', '', { context: 2 });
  return hunks.flatMap(({ lines }, index) => [
    ...(index === 0 ? [] : ['  …']),
    ...lines.map((line) => {
      const text = `  ${printable(line)}`;
      return line.startsWith('+') ? [paint('green', text)] : line.startsWith('-') ? [paint('red', text)] : text;
    }),
  ]);
}

/** A monitor's model and version, for a person. */
export function nameOf(model: string, version: string): string {
  const of = model === '*' ? 'every model without a monitor of its own' : printable(model);
  return version === '*' ? of : `${of}, version ${printable(version)}`;
}
