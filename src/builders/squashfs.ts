/**
 * builtin:squashfs: store paths with all that they refer to as a squashfs, the one file of the output (attributes `storeContents`, `comp`,
 * `pseudoFiles`, `noStrip`, `blockSize`, as in nixpkgs' make-squashfs.nix). The paths are in the root, or with `noStrip` in /nix/store.
 */
import { BootflakeError } from '../base/errors.ts';
import { placePseudoFiles } from '../disk/squashfs/pseudo-files.ts';
import { attributeError, booleanAttribute, optionalString, stringsAttribute, type Attributes } from './attributes.ts';
import type { BuiltinBuilder } from './builder.ts';
import { storeTree } from './image/store-tree.ts';
import { writeSquashfs, type SquashfsRequest } from './image/write-squashfs.ts';
import { InputFiles } from './input-files.ts';
import { outputFile } from './output-file.ts';

const DEFAULT_BLOCK = 2 ** 20;

export const squashfs: BuiltinBuilder = {
  name: 'squashfs',
  async run(context) {
    const { attrs } = context;
    const request = { compression: readCompression(attrs), blockSize: readBlockSize(attrs) };
    const strip = !booleanAttribute(attrs, 'noStrip');
    const root = await storeTree(context, new InputFiles(context), stringsAttribute(attrs, 'storeContents'), strip);
    const pseudo = placePseudoFiles(root, stringsAttribute(attrs, 'pseudoFiles'));
    await writeSquashfs(context, root, outputFile(context), { ...request, ...pseudo });
    // As nixpkgs says of it: the paths inside are no references.
    return { outputs: { out: { references: [] } } };
  },
};

function readBlockSize(attrs: Attributes): number {
  const value = attrs.blockSize ?? DEFAULT_BLOCK;
  if (typeof value !== 'number' || value < 4096 || value > 2 ** 20 || !Number.isInteger(Math.log2(value)))
    throw attributeError('blockSize', 'a power of two from 4096 to 1048576', value);
  return value;
}

const LEVELS = { gzip: { most: 9, usual: 9 }, zstd: { most: 22, usual: 15 } } as const;

/** A compressor and its options as mksquashfs has them: "zstd -Xcompression-level 6". Null packs nothing. */
function readCompression(attrs: Attributes): SquashfsRequest['compression'] {
  const comp = optionalString(attrs, 'comp');
  if (comp === undefined) return undefined;
  const [compressor, ...options] = comp.split(/\s+/).filter(Boolean);
  if (compressor !== 'gzip' && compressor !== 'zstd')
    throw new BootflakeError({
      code: 'build/bad-attribute',
      message: `the attribute 'comp' asks for the compressor ${JSON.stringify(compressor ?? '')}, and there are "gzip" and "zstd"`,
      hint: 'Linux reads either. Use comp = "zstd -Xcompression-level 6"; null packs nothing.',
    });
  const { most, usual } = LEVELS[compressor];
  if (options.length === 0) return { compressor, level: usual };
  const level = Number(options[1]);
  if (options.length !== 2 || options[0] !== '-Xcompression-level' || !Number.isInteger(level) || level < 1 || level > most)
    throw attributeError('comp', `"${compressor}", or "${compressor} -Xcompression-level N" with N up to ${most}`, comp);
  return { compressor, level };
}
