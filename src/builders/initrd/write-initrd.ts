import { encodeCpio } from '../../disk/cpio/newc.ts';
import type { DirectoryNode } from '../../tree/file-tree.ts';
import { stringsAttribute } from '../attributes.ts';
import { makeDirectory, writeBytes } from '../build-output.ts';
import type { BuildContext } from '../builder.ts';
import type { InputFiles } from '../input-files.ts';
import { outputFile } from '../output-file.ts';
import { compress } from './compress.ts';

/** The kernel reads an archive from a multiple of four bytes, and passes over zeros before it. */
const ALIGNMENT = 4;

/**
 * Writes OUT/initrd: the files of the attribute `prepend` as they are (archives that the kernel reads before the others, such as a
 * processor's microcode), then the tree as a compressed archive. Throws `build/invalid-attribute` for a `prepend` that is no list.
 */
export async function writeInitrd(context: BuildContext, files: InputFiles, root: DirectoryNode, compressor: string): Promise<void> {
  const { attrs } = context;
  const pieces = stringsAttribute(attrs, 'prepend').flatMap((path) => {
    const bytes = files.read(path);
    return [bytes, Buffer.alloc(-bytes.length & (ALIGNMENT - 1))];
  });
  const archive = await compress(encodeCpio(root), attrs.compressor ?? compressor);
  const out = outputFile(context);
  makeDirectory(out);
  writeBytes(`${out}/initrd`, pieces.length === 0 ? archive : Buffer.concat([...pieces, archive]));
}
