/**
 * builtin:netboot-ramdisk: OUT/initrd, the files of the attribute `prepend` (initrds) as they are, and then an archive of `contents`, a
 * list of { source, target }, which is not packed: the kernel unpacks one after the other into the same tree.
 */
import { BootflakeError } from '../base/errors.ts';
import { extentBytes } from '../disk/block-plan.ts';
import { planCpio } from '../disk/cpio/plan.ts';
import { planDisk, type Placed } from '../disk/disk-plan.ts';
import { segmentPlan, sourceSegment } from '../disk/segments.ts';
import { closeFileSources } from '../system/file-source.ts';
import { directory } from '../tree/file-tree.ts';
import { BadPath, placeNode } from '../tree/place.ts';
import { contentsAttribute, stringsAttribute } from './attributes.ts';
import { makeDirectory } from './build-output.ts';
import type { BuiltinBuilder } from './builder.ts';
import { checkRoom, ImageFile } from './image/image-file.ts';
import { writePlan } from './image/write-plan.ts';
import { InputFiles } from './input-files.ts';
import { outputFile } from './output-file.ts';

/** Where the kernel looks for the next archive: at a multiple of four bytes, passing over zeros. */
const ALIGNMENT = 4;

export const netbootRamdisk: BuiltinBuilder = {
  name: 'netboot-ramdisk',
  async run(context) {
    const files = new InputFiles(context);
    const root = directory();
    for (const { source, target } of contentsAttribute(context.attrs, 'contents')) {
      try {
        placeNode(root, target, files.scanTarget(source, new Map()));
      } catch (error) {
        if (!(error instanceof BadPath)) throw error;
        throw new BootflakeError({
          code: 'disk/bad-path',
          message: `nothing can be put where \`contents' says: ${error.message}`,
          cause: error,
        });
      }
    }
    const parts: Placed[] = [];
    let end = 0;
    for (const path of stringsAttribute(context.attrs, 'prepend')) {
      const source = files.source(path);
      parts.push({ start: end, plan: segmentPlan(source.size, [sourceSegment(0, source)]) });
      end += Math.ceil(source.size / ALIGNMENT) * ALIGNMENT;
    }
    const archive = planCpio(root);
    parts.push({ start: end, plan: archive });
    const plan = planDisk(end + archive.size, parts);
    const out = outputFile(context);
    makeDirectory(out);
    checkRoom(out, extentBytes(plan.extents));
    const file = new ImageFile(`${out}/initrd`, plan.size);
    try {
      await writePlan(plan, file, {
        id: context.drvPath,
        activity: 'writing the initrd',
        progress: context.progress,
        signal: context.signal,
      });
    } finally {
      file.close();
      closeFileSources();
    }
    return { outputs: { out: { references: [] } } };
  },
};
