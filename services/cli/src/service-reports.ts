import type { DetectorOptions } from '@tidemark/detector';
import { MonitorBook, type MonitorInForce } from '@tidemark/contracts';
import { resumeCommand, type Monitor } from '@tidemark/monitoring';
import type { HeldMonitor, LabelFate, ServiceMetrics } from '@tidemark/operations';
import type { OutcomesOptions } from '@tidemark/outcomes';
import type { OffsetOutOfRange } from '@tidemark/runtime';
import type { SketcherOptions } from '@tidemark/sketcher';
import type { LogRecord } from '@tidemark/transport';
import { logLine } from './log-lines.js';
import { printable } from './printable.js';

/** What a service says of the monitors that it goes by: which, from where, and which files are overruled. */
export function monitorReports(metrics: ServiceMetrics): { readonly onMonitors: (held: MonitorBook) => void } {
  return {
    onMonitors: (book) => {
      metrics.monitorsHeld('service', book.inForce.map(heldMonitor));
      for (const { monitor, revision, hash } of book.inForce.filter(({ source }) => source === 'applied')) {
        logLine('info', 'monitor in force', { model: monitor.model, version: monitor.version, revision, hash });
      }
      for (const { monitor } of book.overruled) {
        const { model, version } = monitor;
        logLine('warn', 'the monitor of a file is not in force: another was applied', { model, version });
      }
    },
  };
}

function heldMonitor({ monitor, source, revision, hash }: MonitorInForce): HeldMonitor {
  return { model: monitor.model, version: monitor.version, source, revision, hash };
}

/** What every service reports of the topics it reads: records that it cannot read, and positions that are not in the log. */
export interface ReadingReports {
  readonly onUnreadable: (record: LogRecord, reason: string) => void;
  readonly onOffsetOutOfRange: (report: OffsetOutOfRange) => void;
}

export function readingReports(metrics: ServiceMetrics): ReadingReports {
  return {
    onUnreadable: ({ topic, partition, offset }, reason) => {
      metrics.unreadableRecord();
      logLine('error', 'unreadable record', { topic, partition, offset, reason });
    },
    onOffsetOutOfRange: (report) => {
      metrics.offsetOutOfRange();
      logLine('error', `The saved position is not in the log: ${causeOf(report)}`, { ...report });
    },
  };
}

/** What may have happened, and what it means. */
function causeOf({ position, begin, end, continuedAt, isOfAnotherTopic }: OffsetOutOfRange): string {
  if (isOfAnotherTopic === true) {
    return `the topic was made anew, or is a copy from another cluster (its id has changed). Reading goes on at offset ${continuedAt}; its records count as new`;
  }
  if (position > end) {
    return `the topic was made anew, cut, or is a copy from another cluster. Reading goes on at offset ${continuedAt}; its records count as new`;
  }
  return `${Math.max(0, begin - position)} offsets had expired before they were read. Reading goes on at offset ${continuedAt}. Raise the topic's retention`;
}

/** What a sketcher reports of its commits, as metrics and lines of the log. */
export function sketcherReports(metrics: ServiceMetrics): Required<Pick<SketcherOptions, 'onCommit'>> & ReadingReports {
  return {
    ...readingReports(metrics),
    onCommit: (partition, { records, deadLetters, partials, labelingRequests, watermark }) => {
      metrics.partialsWritten(partials);
      metrics.labelingRequested(labelingRequests);
      metrics.watermark(partition, watermark);
      if (deadLetters.length === 0) return;
      for (const { reason } of deadLetters) metrics.deadLetter(reason);
      // One line a commit, however many there are: the topic has them all.
      const [{ reason, detail }] = deadLetters;
      const counts = { partition, records, partials, deadLetters: deadLetters.length };
      logLine('warn', 'dead letters', { ...counts, reason, detail });
    },
  };
}

/** What a detector reports of its flushes, of streams that cannot go on and of changes that take force. @param partials the topic's name. */
export function detectorReports(
  metrics: ServiceMetrics,
  partials = 'sketch-partials',
  files: readonly Monitor[] = [],
): Required<Pick<DetectorOptions, 'onFlush' | 'onControl' | 'onMonitors' | 'onSetAside' | 'onBaselinePassedOver'>> &
  ReadingReports {
  return {
    ...readingReports(metrics),
    onControl: (partition, { kind, id, by, comment }) => {
      logLine('info', 'a change takes force', { partition, kind, id, by, comment });
    },
    onMonitors: (partition, monitors) => {
      const book = new MonitorBook(files);
      for (const applied of monitors) {
        try {
          book.take(applied);
        } catch (error) {
          const { model, version, revision } = applied;
          logLine('error', 'a monitor cannot be read: the one before it stays', { model, version, revision, error });
        }
      }
      metrics.monitorsHeld(`partition ${partition}`, book.inForce.map(heldMonitor));
    },
    onFlush: (partition, { windows, events }, { watermark, openPanes, setAside }) => {
      metrics.watermark(partition, watermark);
      metrics.openPanes(partition, openPanes);
      metrics.streamsSetAside(partition, setAside);
      // A window has a row for each column and segment, among them one for the stream itself.
      const closed = windows.filter(({ column, segment }) => column === '' && segment.dimension === '');
      metrics.windowsClosed(closed.length);
      for (const { id, status, severity, stream, column, summary } of events) {
        metrics.driftEvent(status, severity);
        logLine('info', 'drift event', { id, status, severity, ...stream, column, summary });
      }
    },
    onBaselinePassedOver: (partition, { model, version, baselineId, inForce }) => {
      metrics.baselinePassedOver();
      const message =
        `A baseline of ${printable(model)} is published, but does not hold: it came without a control record, and ${inForce} is in force by one. ` +
        'It was published by an older version of tidemark. Publish it again with this one: tidemark baseline build';
      logLine('warn', message, { model, version, partition, baseline: baselineId, in_force: inForce });
    },
    onSetAside: (partition, { stream, offset, error }) => {
      const mend = resumeCommand(stream);
      logLine('error', 'stream set aside', { ...stream, topic: partials, partition, offset, stack: error.stack, mend });
    },
  };
}

/** What the outcomes service reports of its commits and of labels that wait. */
export function outcomesReports(
  metrics: ServiceMetrics,
): Required<Pick<OutcomesOptions, 'onPredictions' | 'onLabels' | 'onRevisit'>> & ReadingReports {
  return {
    ...readingReports(metrics),
    onPredictions: (_, { predictions }) => metrics.predictionsLogged(predictions),
    onLabels: (partition, { records, deadLetters, partials, joined, corrected, waiting, unlogged, forwarded }) => {
      metrics.partialsWritten(partials);
      for (const [fate, labels] of Object.entries({ joined, corrected, waiting, unlogged, forwarded })) {
        metrics.labels(fate as LabelFate, labels);
      }
      if (deadLetters.length === 0) return;
      for (const { reason } of deadLetters) metrics.deadLetter(reason);
      const [{ reason, detail }] = deadLetters;
      logLine('warn', 'dead letters', { partition, records, deadLetters: deadLetters.length, reason, detail });
    },
    onRevisit: (partition, { sent, orphaned, waiting }) => {
      metrics.labelsWaiting(partition, waiting);
      metrics.labels('sent_again', sent);
      metrics.labels('orphaned', orphaned);
      if (orphaned > 0) logLine('warn', 'labels without a prediction were given up', { partition, orphaned, waiting });
    },
  };
}
