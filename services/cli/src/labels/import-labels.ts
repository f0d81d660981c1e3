import { LEAST_INCLUSION_PROBABILITY, RecordWriter, type GroundTruth, type SchemaRegistry } from '@tidemark/contracts';
import type { DataFile, FileBatch } from '@tidemark/store';
import type { Producer } from '@tidemark/transport';
import { UsageError } from '../exit-codes.js';
import { textOfCell } from './csv.js';
import { SHEET_COLUMNS } from './request-sheet.js';

export interface LabelImport {
  /** Opened as texts. */
  readonly file: DataFile;
  /** What the file is called in complaints, and the source of its labels. */
  readonly name: string;
  /** The model of rows that name none; null: each has to. */
  readonly model: string | null;
  readonly registry: SchemaRegistry;
  readonly producer: Producer;
  readonly topic: string;
  /** Milliseconds since the epoch: when labels became known whose row does not say. */
  readonly now: number;
}

/** What became of the rows of a file. */
export interface ImportedLabels {
  readonly sent: number;
  /** Rows that nobody has filled in yet. */
  readonly empty: number;
}

/**
 * Publishes the labels of a filled-in sheet as ground truth, each with the probability that its event was chosen with. The whole file is
 * checked before any label is sent; sent again, labels count once.
 *
 * @throws UsageError with every row at fault, up to twenty of them.
 */
export async function importLabels(options: LabelImport): Promise<ImportedLabels> {
  const { producer, registry, topic } = options;
  const faults = faultsOfHeadings(options);
  if (faults.length > 0) throw new UsageError(faults);
  let empty = 0;
  for await (const truth of labelsOf(options, faults)) if (truth === null) empty++;
  if (faults.length > 0) throw new UsageError(faults.slice(0, 20));
  const writer = await RecordWriter.open(registry, ['GroundTruth']);
  let sent = 0;
  let batch: GroundTruth[] = [];
  const send = async () => {
    await producer.send(batch.map((each) => ({ topic, key: each.eventId, value: writer.encode('GroundTruth', each) })));
    sent += batch.length;
    batch = [];
  };
  for await (const truth of labelsOf(options, faults)) {
    if (truth !== null) batch.push(truth);
    if (batch.length === 1000) await send();
  }
  if (batch.length > 0) await send();
  return { sent, empty };
}

function faultsOfHeadings({ file, name, model }: LabelImport): string[] {
  const has = (column: string) => file.columns.some((each) => each.name === column);
  const { eventId, trueClass, trueValue } = SHEET_COLUMNS;
  const faults: string[] = [];
  if (!has(eventId)) faults.push(`${name}: has no column '${eventId}'`);
  if (!has(trueClass) && !has(trueValue)) faults.push(`${name}: has neither '${trueClass}' nor '${trueValue}'`);
  if (model === null && !has(SHEET_COLUMNS.model)) faults.push(`${name}: has no column 'model': name it with --model`);
  return faults;
}

/** The label of each row; null where the row has none, or a fault, which is added to those given. */
async function* labelsOf(options: LabelImport, faults: string[]): AsyncGenerator<GroundTruth | null> {
  const wanted = new Set<string>(Object.values(SHEET_COLUMNS));
  const select = options.file.columns.map(({ name }) => name).filter((name) => wanted.has(name));
  // The headings are the first line.
  let line = 1;
  for await (const batch of options.file.rows({ select })) {
    const cell = cellsOf(batch);
    for (let at = 0; at < batch.rows; at++) {
      line++;
      const fault = (what: string) => faults.push(`${options.name}: row ${line}: ${what}`);
      yield labelOf((column) => cell(column, at), options, fault);
    }
  }
}

function labelOf(
  cell: (column: string) => string | null,
  { model, now, name }: LabelImport,
  fault: (what: string) => void,
): GroundTruth | null {
  const [trueClass, valueText] = [cell(SHEET_COLUMNS.trueClass), cell(SHEET_COLUMNS.trueValue)];
  if (trueClass === null && valueText === null) return null;
  const eventId = cell(SHEET_COLUMNS.eventId);
  const ofModel = cell(SHEET_COLUMNS.model) ?? model;
  const value = valueText === null ? null : Number(valueText);
  const probabilityText = cell(SHEET_COLUMNS.inclusionProbability);
  const probability = probabilityText === null ? null : Number(probabilityText);
  const observed = cell(SHEET_COLUMNS.observedAt);
  const observedAt = observed === null ? now : Date.parse(observed);
  if (eventId === null) fault('event_id is empty');
  else if (ofModel === null) fault('model is empty');
  else if (value !== null && !Number.isFinite(value)) fault(`true_value '${valueText}' is no number`);
  else if (probability !== null && !(probability > 0 && probability <= 1))
    fault(`inclusion_probability '${probabilityText}' is not above 0 and up to 1`);
  else if (probability !== null && probability < LEAST_INCLUSION_PROBABILITY)
    fault(`inclusion_probability '${probabilityText}' is less than any event is chosen with; copy it from the export`);
  else if (Number.isNaN(observedAt)) fault(`observed_at '${observed}' is no time`);
  else {
    const version = cell(SHEET_COLUMNS.version);
    const known = { version, class: trueClass, value, observedAt, source: name, inclusionProbability: probability };
    return { eventId, model: ofModel, ...known };
  }
  return null;
}

function cellsOf({ columns }: FileBatch): (column: string, at: number) => string | null {
  const byName = new Map(columns.map(({ name, cells }) => [name, cells]));
  return (column, at) => {
    const cell = byName.get(column)?.[at] ?? null;
    return cell === null || cell === '' ? null : textOfCell(String(cell));
  };
}
