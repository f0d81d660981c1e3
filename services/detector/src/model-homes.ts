import type { ModelHomes } from '@tidemark/monitoring';
import { partitionOf } from '@tidemark/transport';
import type { TaskContext } from './task-context.js';

/** How many partitions the partials had when the first state was left; as many as they have now where none was. */
export function firstPartitionsIn({ states, partitions }: Pick<TaskContext, 'states' | 'partitions'>): number {
  return states.firstPartitions ?? partitions;
}

/** Where the partials of models lie, and lay before partitions were added. */
export function homesIn(context: Pick<TaskContext, 'states' | 'partitions'>): ModelHomes {
  const first = firstPartitionsIn(context);
  return {
    first: (model) => partitionOf(Buffer.from(model), first),
    among: (model, partitions) => partitionOf(Buffer.from(model), partitions),
  };
}
