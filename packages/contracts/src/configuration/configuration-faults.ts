import { isMap, isScalar, type Document, type LineCounter, type Node } from 'yaml';
import type { z } from 'zod';

/** One fault of a configuration file. */
export interface ConfigurationFault {
  readonly file: string;
  /** Where in the file, as keys and indices: `windows[0].size`; empty for the file as a whole. */
  readonly path: string;
  /** From 1. */
  readonly line?: number;
  readonly message: string;
}

type Path = readonly (string | number)[];
type Issue = z.core.$ZodIssue;

/** A fault as one line of text: `monitor.yaml:7: windows[0].size: …`. */
export function describeFault({ file, path, line, message }: ConfigurationFault): string {
  const where = line === undefined ? file : `${file}:${line}`;
  return path === '' ? `${where}: ${message}` : `${where}: ${path}: ${message}`;
}

/** The faults found in one YAML document, each with its line. */
export class FaultList {
  readonly #faults: ConfigurationFault[] = [];
  readonly #file: string;
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;

  constructor(file: string, document: Document.Parsed, lines: LineCounter) {
    this.#file = file;
    this.#document = document;
    this.#lines = lines;
  }

  get empty(): boolean {
    return this.#faults.length === 0;
  }

  sorted(): ConfigurationFault[] {
    return [...this.#faults].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  }

  add(path: Path, message: string): void {
    this.#faults.push({ file: this.#file, path: pathText(path), line: this.#lineOf(path), message });
  }

  /** A fault of the text itself, at an offset. */
  addAt(offset: number, message: string): void {
    this.#faults.push({ file: this.#file, path: '', line: this.#lines.linePos(offset).line, message });
  }

  addUnknownKeys(path: Path, keys: readonly string[], known: readonly string[]): void {
    for (const key of keys) {
      if (known.includes(key)) continue;
      const near = nearest(key, known);
      const hint = near === null ? `it takes ${known.join(', ')}` : `did you mean '${near}'?`;
      this.add([...path, key], `unknown key; ${hint}`);
    }
  }

  /** @param value what was found at `path`, in which the issues lie. */
  addIssues(path: Path, issues: readonly Issue[], value: unknown): void {
    for (const issue of issues) this.#addIssue([...path, ...(issue.path as Path)], issue, at(value, issue.path));
  }

  #addIssue(path: Path, issue: Issue, value: unknown): void {
    if (issue.code === 'unrecognized_keys') {
      this.addUnknownKeys(path, issue.keys, knownKeys(path));
    } else if (issue.code === 'invalid_union') {
      // The branch that the value was meant for is the one that takes its type: its faults lie within, not at the top.
      const meant = issue.errors.find((branch) => branch.every((inner) => !misfit(inner)));
      if (meant !== undefined) this.addIssues(path, meant, value);
      else
        this.add(
          path,
          `${shown(value)} does not fit: takes ${[...new Set(issue.errors.flatMap((branch) => branch.map(wanted)))].join(' or ')}`,
        );
    } else if (issue.code === 'invalid_key') {
      this.add(path, 'a name is empty');
    } else if (issue.code === 'invalid_type' || issue.code === 'invalid_value') {
      if (value === undefined || value === null) this.add(path, `is missing; it takes ${wanted(issue)}`);
      else this.add(path, `${shown(value)} does not fit: takes ${wanted(issue)}${quoteHint(issue, value)}`);
    } else this.add(path, issue.message);
  }

  #lineOf(path: Path): number {
    for (let length = path.length; length > 0; length--) {
      const parent = length === 1 ? this.#document.contents : this.#document.getIn(path.slice(0, length - 1), true);
      const key = path[length - 1];
      if (isMap(parent)) {
        const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
        if (pair !== undefined) return this.#line(pair.key as Node);
      } else {
        const node = this.#document.getIn(path.slice(0, length), true);
        if (node !== undefined && node !== null) return this.#line(node as Node);
      }
    }
    return this.#line(this.#document.contents);
  }

  #line(node: Node | null): number {
    return this.#lines.linePos(node?.range?.[0] ?? 0).line || 1;
  }
}

/** The keys of the nested sections; that of the file itself is known to its reader. */
const SECTION_KEYS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^(windows\[\d+\]|quality\.window)$/, ['size', 'slide', 'origin']],
  [
    /^decision$/,
    [
      ...['false_alarms', 'psi', 'rate', 'correlation', 'season', 'resolve_after'],
      ...['minimum_events', 'notify_from'],
    ],
  ],
  [/^decision\.(psi|rate|correlation)$/, ['minor', 'moderate', 'major']],
  [/^columns\./, ['kind', 'bins', 'ignore']],
  [/^limits$/, ['segments', 'columns', 'keep']],
  [/^joint$/, ['columns', 'most']],
  [/^baseline$/, ['first_windows', 'events', 'rolling', 'lag', 'every', 'adopt_after']],
  [/^mutes\[\d+\]$/, ['from', 'to', 'every', 'reason', 'columns']],
  [/^quality$/, ['window', 'positive', 'metric', 'tolerance', 'minimum_labels', 'label_wait']],
  [/^labeling$/, ['budget', 'share', 'uncertain', 'drifted', 'strata']],
  [/^prediction_log$/, ['keep', 'ttl', 'orphan_after', 'most_orphans']],
  [/^mapping\.(model|version|role)$/, ['column']],
];

function knownKeys(path: Path): readonly string[] {
  const text = pathText(path);
  if (text === 'mapping') return MAPPING_KEYS;
  return SECTION_KEYS.find(([pattern]) => pattern.test(text))?.[1] ?? [];
}

const MAPPING_KEYS = [
  ...['event_time', 'event_id', 'request_id', 'model', 'version', 'role', 'score', 'class', 'value', 'probabilities'],
  ...['confidence', 'ground_truth', 'segments', 'embeddings', 'features', 'ignore'],
];

function misfit(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

function wanted(issue: Issue): string {
  if (issue.code === 'invalid_value') return issue.values.map((value) => `'${String(value)}'`).join(', ');
  if (issue.code !== 'invalid_type') return issue.message;
  const names: Readonly<Record<string, string>> = {
    string: 'text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'keys with values',
    record: 'keys with values',
  };
  return names[issue.expected] ?? issue.expected;
}

function quoteHint(issue: Issue, value: unknown): string {
  const text = issue.code === 'invalid_type' && issue.expected === 'string';
  return text && typeof value !== 'object' ? '; put it in quotes' : '';
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a set of keys';
  return `'${(typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 60)}'`;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const key of path) found = (found as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return found;
}

function pathText(path: Path): string {
  return path.map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? key : `.${key}`)).join('');
}

function nearest(key: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let least = Math.max(2, Math.floor(key.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(key.toLowerCase(), candidate);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** Levenshtein's distance, by rows. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}
