import type { Finding, IncidentStatus } from '../model/drift-event.js';
import type { DecisionSettings } from '../model/monitor.js';
import { hashId } from '../model/hash-id.js';
import { worst, type Severity } from '../model/severity.js';

/** What a window shows of one segment's quality at the moment. Later labels may change it. */
export interface QualityShown {
  /** Start of the window, milliseconds since the epoch. */
  readonly start: number;
  /** Whether its labels suffice to say that there is no fall. */
  readonly quiet: boolean;
  readonly findings: readonly Finding[];
}

export interface QualityChange {
  readonly status: IncidentStatus;
  readonly id: string;
  readonly since: number;
  readonly severity: Severity;
  /** The window that tells it. */
  readonly window: number;
}

interface OpenQuality {
  readonly id: string;
  readonly since: number;
  readonly severity: Severity;
}

/**
 * The life of one incident about a segment's quality. Windows are judged again and again as labels come, and not in their order,
 * so it goes by what the windows show now: it opens with the first window that shows a fall, and resolves once `resolveAfter` windows
 * after the last such one have labels enough and show none. Windows of before the last resolution open nothing any more.
 */
export class QualityIncident {
  #open: OpenQuality | null = null;
  #closedUpTo = -Infinity;

  constructor(
    /** Names the segment; ids are derived from it. */
    private readonly subject: string,
    private readonly settings: DecisionSettings,
  ) {}

  get isOpen(): boolean {
    return this.#open !== null;
  }

  /** Windows that start before it open nothing any more; milliseconds since the epoch. */
  get closedUpTo(): number {
    return this.#closedUpTo;
  }

  /**
   * @param windows by their starts. @param mayOpen false where another incident already speaks for this one.
   * @param from windows that start before it are spoken for.
   */
  observe(windows: readonly QualityShown[], mayOpen = true, from = -Infinity): QualityChange | null {
    const since = Math.max(this.#closedUpTo, from);
    const fallen = windows.filter(({ start, findings }) => findings.length > 0 && start >= since);
    if (this.#open === null) {
      const first = fallen.at(0);
      if (first === undefined || !mayOpen) return null;
      const severity = worst(first.findings);
      this.#open = { id: hashId([this.subject, first.start]), since: first.start, severity };
      return { status: 'opened', ...this.#open, window: first.start };
    }
    const last = fallen.at(-1);
    const quiet = windows.filter(({ start, quiet: over }) => over && start > (last?.start ?? this.#open!.since));
    if (quiet.length >= this.settings.resolveAfter) {
      const end = quiet[this.settings.resolveAfter - 1].start;
      const change = { status: 'resolved', ...this.#open, window: end } as const;
      this.#open = null;
      this.#closedUpTo = end;
      return change;
    }
    const worse = fallen.find(({ findings }) => RANK[worst(findings)] > RANK[this.#open!.severity]);
    if (worse === undefined) return null;
    this.#open = { ...this.#open, severity: worst(worse.findings) };
    return { status: 'updated', ...this.#open, window: worse.start };
  }

  snapshot(): QualityIncidentSnapshot {
    return { open: this.#open, closedUpTo: this.#closedUpTo };
  }

  restore({ open, closedUpTo }: QualityIncidentSnapshot): void {
    this.#open = open;
    this.#closedUpTo = closedUpTo;
  }
}

const RANK: Readonly<Record<Severity, number>> = { minor: 0, moderate: 1, major: 2 };

export interface QualityIncidentSnapshot {
  readonly open: OpenQuality | null;
  readonly closedUpTo: number;
}
