/** Plans of parts, at their places on one disk. */
import { mergeExtents, type BlockPlan } from './block-plan.ts';
import { sinkWindow } from './block-sink.ts';

export interface Placed {
  /** In bytes. */
  start: number;
  plan: BlockPlan;
}

/** `parts` must not overlap. */
export function planDisk(size: number, parts: Placed[]): BlockPlan {
  const sorted = [...parts].sort((a, b) => a.start - b.start);
  const extents = mergeExtents(
    sorted.flatMap(({ start, plan }) => plan.extents.map((extent) => ({ start: start + extent.start, length: extent.length }))),
  );
  const origins = sorted.flatMap(({ start, plan }) => (plan.origins ?? []).map((origin) => ({ ...origin, start: start + origin.start })));
  return {
    size,
    extents,
    origins,
    *write(sink) {
      for (const { start, plan } of sorted) yield* plan.write(sinkWindow(sink, start, plan.size));
    },
  };
}
