/**
 * builtin:netboot-ramdisk: OUT/initrd, the files of the attribute `prepend` (initrds) as they are, and then an archive of `contents`, a
 * list of { source, target }, which is not packed: the kernel unpacks one after the other into the same tree.
 */
import { planCpio } from '../disk/cpio/plan.ts';
import { planDisk, type Placed } from '../disk/disk-plan.ts';
import { segmentPlan, sourceSegment } from '../disk/segments.ts';
import { directory } from '../tree/file-tree.ts';
import { contentsAttribute, stringsAttribute } from './attributes.ts';
import { makeDirectory } from './build-output.ts';
import type { BuiltinBuilder } from './builder.ts';
import { placeContents } from './image/place-contents.ts';
import { writePlanFile } from './image/plan-file.ts';
import { InputFiles } from './input-files.ts';
import { outputFile } from './output-file.ts';

/** Where the kernel looks for the next archive: at a multiple of four bytes, passing over zeros. */
const ALIGNMENT = 4;

export const netbootRamdisk: BuiltinBuilder = {
  name: 'netboot-ramdisk',
  async run(context) {
    const files = new InputFiles(context);
    const root = directory();
    placeContents(root, 'contents', contentsAttribute(context.attrs, 'contents'), ({ source }) => files.scanTarget(source, new Map()));
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
    await writePlanFile(context, plan, `${out}/initrd`, 'writing the initrd');
    return { outputs: { out: { references: [] } } };
  },
};
