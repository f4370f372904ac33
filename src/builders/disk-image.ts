/** builtin:disk-image: the closure of a system as a bootable disk, written once, front to back. */
import { BootflakeError } from '../base/errors.ts';
import { extentBytes, type BlockPlan } from '../disk/block-plan.ts';
import type { BlockSink } from '../disk/block-sink.ts';
import { diskStep, imageFileName, imageKind, isPlannedFormat, largestDisk, planImageFile } from '../disk/image-format.ts';
import { Ext4TooSmall } from '../disk/ext4/plan.ts';
import { FatTooSmall } from '../disk/fat/plan.ts';
import { makeBiosCore } from '../disk/image/bios-core.ts';
import { bootPartition, overhead, type PartitionTableType } from '../disk/image/layout.ts';
import { planImage, rootUuid, type ImageOptions } from '../disk/image/plan.ts';
import { uuidText } from '../disk/seeded-uuid.ts';
import { makeDirectory, writeBytes } from './build-output.ts';
import { STORE_TIME } from '../store/canonical-files.ts';
import { closeFileSources, type FileSource } from '../system/file-source.ts';
import { checkRoom, ImageFile } from './image/image-file.ts';
import { ThreadedImageFile } from './image/image-thread.ts';
import { writePlan, type WriteReport } from './image/write-plan.ts';
import { BadPath, placeNode } from '../tree/place.ts';
import type { BuildContext, BuiltinBuilder, BuiltOutput } from './builder.ts';
import { readImageAttributes, type ImageAttributes } from './image/attributes.ts';
import { grubFolder } from './image/grub-folder.ts';
import { readNixosAttributes, type SystemdBootSettings } from './image/nixos/attributes.ts';
import { makeBootFiles } from './image/nixos/boot-files.ts';
import { StoreFiles } from './image/nixos/store-files.ts';
import { attributeError } from './attributes.ts';
import type { ImageRecord, LastImage } from '../store/image-records.ts';
import { sri } from '../nix-format/hash.ts';
import { file, type DirectoryNode } from '../tree/file-tree.ts';
import { nixosImage } from './image/nixos/image.ts';
import { InputFiles } from './input-files.ts';
import { narFrame } from './image/nar-frame.ts';
import { ReusedRanges } from './image/reused-ranges.ts';
import { buildRootTree, type RootTree } from './image/root-tree.ts';
import { checkRootSize, diskLimitHint, MiB, mostDiskBytes } from './image/sizes.ts';
import { diskTooSmall } from './image/too-small.ts';
import { writeStreamed, type StreamedImage } from './image/write-streamed.ts';
import { outputFile } from './output-file.ts';

export const diskImage: BuiltinBuilder = {
  name: 'disk-image',
  async run(context) {
    const attributes = readImageAttributes(context.attrs);
    const nixos = readNixosAttributes(context.attrs);
    const file = await beginFile(context, attributes, nixos?.channel);
    try {
      const made = nixos ? nixosImage(context, attributes, nixos) : ownImage(context, attributes);
      const { tree, options } = await made.catch(explainBadPath);
      const disk = planOrExplain(attributes, tree, options);
      return { outputs: { out: await writeOutput(context, attributes, disk, file) } };
    } finally {
      await file?.threads.close();
      closeFileSources();
    }
  },
};

/** A file that threads write, and the last image, which they take bytes from. */
interface BegunFile {
  threads: ThreadedImageFile;
  last: LastImage | undefined;
  contents: ImageRecord['contents'];
}

/** The copy of the last image is made while the next one is planned. Undefined for a file that is written by other means. */
async function beginFile(context: BuildContext, attributes: ImageAttributes, channel: string | undefined): Promise<BegunFile | undefined> {
  if (!isPlannedFormat(attributes.format)) return undefined;
  const roots = [attributes.toplevel, channel, ...attributes.additionalPaths].filter((path) => path !== undefined);
  const contents = (await context.closure(roots)).map((path): [string, number] => [path, context.pathInfo(path).narSize]);
  const out = outputFile(context);
  makeDirectory(out);
  const last = context.images?.find(contents);
  const lastFile = last && { file: last.file, size: last.size, extents: last.extents, alike: last.likeness >= 0.5 };
  return { threads: new ThreadedImageFile({ path: `${out}/${fileNameOf(attributes)}`, last: lastFile }), last, contents };
}

function fileNameOf({ baseName, format }: ImageAttributes): string {
  return imageFileName(baseName, format);
}

/** Reports an invalid file name or path in an attribute. */
function explainBadPath(error: unknown): never {
  if (!(error instanceof BadPath)) throw error;
  throw new BootflakeError({
    code: 'disk/bad-path',
    message: `a file of the image cannot be put where an attribute says: ${error.message}`,
    cause: error,
  });
}

/** An image of our own distribution. */
async function ownImage(
  context: BuildContext,
  attributes: ImageAttributes,
): Promise<{ tree: RootTree; options: Pick<ImageOptions, 'bios' | 'efi' | 'shim' | 'fat'> }> {
  const { bios, efi, shim, config } = attributes.grub;
  const files = new InputFiles(context);
  const options = {
    fat: attributes.systemdBoot && { esp: systemdBootPartition(context, attributes, attributes.systemdBoot) },
    bios: bios === undefined ? undefined : biosImages(files, bios, attributes.partitionTableType),
    efi: efi === undefined ? undefined : efiProgram(files, efi),
    shim: shim === undefined ? undefined : shimProgram(files, shim),
  };
  const tree = await buildRootTree(context, attributes, files);
  if (config !== undefined) {
    const menu = config.replaceAll('@rootUuid@', uuidText(rootUuid(attributes.rootSeed)));
    placeNode(tree.root, 'boot/grub/grub.cfg', file(menu));
  }
  return { tree, options };
}

function systemdBootPartition(
  context: BuildContext,
  { partitionTableType: type, toplevel, rootSeed }: ImageAttributes,
  settings: SystemdBootSettings,
): DirectoryNode {
  if (bootPartition(type) !== 'esp' || toplevel === undefined)
    throw attributeError('partitionTableType', '"efi" or "hybrid" for a system that systemd-boot starts', type);
  // No file of systemd-boot's names a partition.
  const uuids = { root: uuidText(rootUuid(rootSeed)), rootLabel: '', boot: '' };
  return makeBootFiles(settings, toplevel, { files: new StoreFiles(context), type, uuids, log: context.log }).esp;
}

function planOrExplain(attributes: ImageAttributes, tree: RootTree, options: Partial<ImageOptions>): BlockPlan {
  const { before, after } = overhead(attributes.partitionTableType, attributes.bootSize);
  const plan = (size: number | undefined): BlockPlan =>
    planImage(tree.root, { ...attributes, ...(size !== undefined && { size }), parcels: tree.parcels, time: STORE_TIME, ...options });
  const step = diskStep(attributes.format);
  const rounded = (size: number): number => Math.ceil(size / step) * step;
  /** Of the contents, and what even an empty file system takes. */
  const planned = (size: number | undefined): BlockPlan => {
    try {
      return plan(size);
    } catch (error) {
      if (!(error instanceof Ext4TooSmall) || size !== undefined) throw error;
      return plan(Math.ceil((before + after + error.minimumSize) / MiB) * MiB);
    }
  };
  /** The smallest disk whose root partition has what the limits ask for. */
  const limited = (disk: BlockPlan): BlockPlan => {
    const { least, most } = attributes.root;
    const root = disk.size - before - after;
    if (root < (least ?? 0)) return plan(checkSize(attributes, before + least! + after));
    return root > (most ?? Infinity) ? plan(before + most! + after) : disk;
  };
  try {
    const disk = attributes.size === undefined ? limited(planned(undefined)) : planned(rounded(attributes.size));
    // A size that follows from the contents is rounded when it is known.
    checkSize(attributes, disk.size);
    const whole = disk.size % step === 0 ? disk : plan(checkSize(attributes, rounded(disk.size)));
    checkRootSize(attributes.root, whole.size - before - after, whole.size);
    return whole;
  } catch (error) {
    if (error instanceof Ext4TooSmall) {
      const { contentSize, size: rootSize, minimumSize } = error;
      const isLimited = attributes.size === undefined;
      const diskSize = attributes.size ?? before + rootSize + after;
      throw diskTooSmall({ contentSize, rootSize, neededDisk: before + after + minimumSize, diskSize, isLimited }, tree.storePaths);
    }
    if (error instanceof FatTooSmall) {
      throw new BootflakeError({
        code: 'disk/boot-partition-too-small',
        message:
          `${error.needed} bytes of boot files do not fit the EFI system partition's ${error.available} bytes, which are ` +
          `${Math.ceil((error.needed - error.available) / MiB)} MiB too few`,
        hint: 'Set a larger bootSize (MiB), or image.repart.partitions.esp.repartConfig.SizeMinBytes.',
      });
    }
    throw error;
  }
}

/** Returns a disk's size, which follows from its contents and limits. Throws `disk/too-large`. */
function checkSize({ partitionTableType, format }: ImageAttributes, size: number): number {
  const most = Math.min(mostDiskBytes(partitionTableType), largestDisk(format) ?? Infinity);
  if (size <= most) return size;
  throw new BootflakeError({
    code: 'disk/too-large',
    message: `the files and additionalSpace make a disk of ${size / 2 ** 20} MiB, more than the maximum of ${most / 2 ** 20} MiB`,
    hint: diskLimitHint(partitionTableType),
  });
}

/** The attribute may name the file or its package: grub-efi-amd64-bin in bookworm, grub-efi-amd64-unsigned since. */
function efiProgram(files: InputFiles, path: string): FileSource {
  const found = [path, `${path}/usr/lib/grub/x86_64-efi/monolithic/grubx64.efi`].find((file) => files.isFile(file));
  if (found === undefined)
    throw new BootflakeError({
      code: 'disk/no-grub',
      message: `${path} is not an EFI program and has no usr/lib/grub/x86_64-efi/monolithic/grubx64.efi`,
    });
  return files.source(found);
}

function shimProgram(files: InputFiles, path: string): FileSource {
  if (files.isFile(path)) return files.source(path);
  throw new BootflakeError({
    code: 'disk/no-grub',
    message: `${path} is no file: it should be shimx64.efi.signed of Debian's shim-signed`,
  });
}

/** The attribute may name the output of builtin:grub-core, or the package grub-pc-bin to make it from here. */
function biosImages(files: InputFiles, path: string, type: PartitionTableType): { boot: Uint8Array; core: Uint8Array } {
  const folder = grubFolder(files, path);
  return { boot: folder.read('boot.img'), core: files.bytes(`${path}/core.img`) ?? makeBiosCore(folder, type) };
}

async function writeOutput(
  context: BuildContext,
  attributes: ImageAttributes,
  disk: BlockPlan,
  begun: BegunFile | undefined,
): Promise<BuiltOutput> {
  const out = outputFile(context);
  const { format, seed } = attributes;
  const fileName = fileNameOf(attributes);
  const texts: Record<string, string> = { 'hydra-build-products': `file ${imageKind(format)}-image ${context.outputs.out}/${fileName}\n` };
  if (attributes.machine) texts['machine.json'] = `${JSON.stringify(attributes.machine)}\n`;
  makeDirectory(`${out}/nix-support`);
  for (const [name, text] of Object.entries(texts)) writeBytes(`${out}/nix-support/${name}`, text);
  const references = [context.outputs.out!];
  const report = { id: context.drvPath, activity: `writing ${fileName}`, progress: context.progress, signal: context.signal };
  if (!isPlannedFormat(format)) {
    const path = `${out}/${fileName}`;
    await writeStreamedFile({ path, format, disk, options: attributes.container, cores: context.cores }, report);
    return { references };
  }
  const { threads, last, contents } = begun!;
  const image = planImageFile(format, disk, { seed, fileName });
  const frame = narFrame(texts, fileName, image.size);
  const origins = image.origins ?? [];
  const reused = last && new ReusedRanges(origins, last.origins);
  // These are in the copy already.
  checkRoom(out, extentBytes(image.extents) - (reused?.bytesInPlace ?? 0));
  threads.open({ size: image.size, before: frame.before, keepsPlaces: reused !== undefined && 2 * reused.bytesInPlace > reused.bytes });
  await writePlan(image, reused ? reusingSink(threads, reused) : threads, report, () => threads.ready());
  const narHash = await threads.digest(frame.after);
  context.images?.add({
    path: context.outputs.out!,
    narHash: sri(narHash),
    contents,
    fileName,
    size: image.size,
    extents: image.extents.map(({ start, length }) => [start, length]),
    origins: origins.map(({ key, offset, start, length }) => [key, offset, start, length]),
  });
  return { references, narHash, narSize: frame.narSize };
}

/** What the ranges have comes from the last image. */
function reusingSink(file: ThreadedImageFile, ranges: ReusedRanges): BlockSink {
  return {
    size: file.size,
    write: (offset, bytes) => file.write(offset, bytes),
    reuse(offset, length) {
      const pieces = ranges.find(offset, length);
      for (const piece of pieces ?? []) file.takeLast(piece.start, piece.length, piece.from);
      return pieces !== undefined;
    },
  };
}

type StreamedFile = Omit<StreamedImage, 'file'> & { path: string };

async function writeStreamedFile({ path, ...image }: StreamedFile, report: WriteReport): Promise<void> {
  const file = new ImageFile(path, 0);
  try {
    await writeStreamed({ ...image, file }, report);
  } finally {
    file.close();
  }
}
