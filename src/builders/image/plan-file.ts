/** A planned file, written by this thread. */
import { dirname } from 'node:path';
import { extentBytes, type BlockPlan } from '../../disk/block-plan.ts';
import { closeFileSources } from '../../system/file-source.ts';
import type { BuildContext } from '../builder.ts';
import { checkRoom, ImageFile } from './image-file.ts';
import { writePlan } from './write-plan.ts';

/** Makes the file at `path`, which must not exist. Throws `io/disk-full`, before the first byte where the plan takes too much. */
export async function writePlanFile(
  { drvPath: id, progress, signal }: Pick<BuildContext, 'drvPath' | 'progress' | 'signal'>,
  plan: BlockPlan,
  path: string,
  activity: string,
): Promise<void> {
  checkRoom(dirname(path), extentBytes(plan.extents));
  const file = new ImageFile(path, plan.size);
  try {
    await writePlan(plan, file, { id, activity, progress, signal });
  } finally {
    file.close();
    closeFileSources();
  }
}
