/**
 * builtin:erofs: store paths with all that they refer to as an EROFS, which is not packed: the one file of the output. The attributes
 * `storeContents`, `pseudoFiles` and `noStrip` are those of builtin:squashfs; `label` is the file system's.
 */
import { planErofs } from '../disk/erofs/plan.ts';
import { seededUuid } from '../disk/seeded-uuid.ts';
import { placePseudoFiles } from '../disk/squashfs/pseudo-files.ts';
import { STORE_TIME } from '../store/canonical-files.ts';
import { attributeError, booleanAttribute, optionalString, stringsAttribute } from './attributes.ts';
import type { BuiltinBuilder } from './builder.ts';
import { writePlanFile } from './image/plan-file.ts';
import { storeTree } from './image/store-tree.ts';
import { InputFiles } from './input-files.ts';
import { outputFile } from './output-file.ts';

const MOST_LABEL = 15;

export const erofs: BuiltinBuilder = {
  name: 'erofs',
  async run(context) {
    const { attrs } = context;
    const label = optionalString(attrs, 'label') ?? '';
    if (Buffer.byteLength(label) > MOST_LABEL || label.includes('\0')) throw attributeError('label', `at most ${MOST_LABEL} bytes`, label);
    const strip = !booleanAttribute(attrs, 'noStrip');
    const root = await storeTree(context, new InputFiles(context), stringsAttribute(attrs, 'storeContents'), strip);
    const { specials, xattrs } = placePseudoFiles(root, stringsAttribute(attrs, 'pseudoFiles'));
    if (xattrs.size > 0) throw attributeError('pseudoFiles', 'without extended attributes, which are not written', [...xattrs.keys()]);
    const plan = planErofs(root, { specials, label, time: STORE_TIME, uuid: seededUuid(context.outputs.out!, 'erofs') });
    await writePlanFile(context, plan, outputFile(context), 'writing the EROFS');
    return { outputs: { out: { references: [] } } };
  },
};
