import type { NeededPanes } from '@tidemark/monitoring';

/** Which panes are read: from `from` on and before `to`. */
export type PaneSelection = Omit<NeededPanes, 'quality'>;
