/**
 * builtin:iso-image: an ISO 9660 image with files, store paths with all that they refer to, and GRUB for BIOS and UEFI. Attributes:
 * `isoName`, `volumeID`, `contents` ({ source, target }), `storeContents`, `grub` ({ bios, efi, shim, config }), `usbBootable`, `compress`.
 */
import { BootflakeError } from '../base/errors.ts';
import { extentBytes, type BlockPlan } from '../disk/block-plan.ts';
import { RawStream } from '../disk/byte-stream.ts';
import { planFat } from '../disk/fat/plan.ts';
import { makeCoreImage } from '../disk/grub/core-image.ts';
import { BIOS_MODULES } from '../disk/image/bios-core.ts';
import { planIso9660, type IsoBoot } from '../disk/iso9660/plan.ts';
import { seededBytes, seededUuid, uuidText } from '../disk/seeded-uuid.ts';
import { STORE_TIME } from '../store/canonical-files.ts';
import { closeFileSources } from '../system/file-source.ts';
import { directory, file, type DirectoryNode } from '../tree/file-tree.ts';
import { placeNode } from '../tree/place.ts';
import {
  attributeError,
  booleanAttribute,
  contentsAttribute,
  fileNameAttribute,
  optionalString,
  stringsAttribute,
  type Attributes,
} from './attributes.ts';
import { makeDirectory, writeBytes } from './build-output.ts';
import type { BuildContext, BuiltinBuilder, BuiltOutput } from './builder.ts';
import { readGrubAttributes, type GrubAttributes } from './image/attributes.ts';
import { grubFolder } from './image/grub-folder.ts';
import { checkRoom, ImageFile } from './image/image-file.ts';
import { ThreadedImageFile } from './image/image-thread.ts';
import { narFrame } from './image/nar-frame.ts';
import { explainingBadPath, placeContents } from './image/place-contents.ts';
import { PackedStream } from './image/packed-stream.ts';
import { storeTree } from './image/store-tree.ts';
import { writePlan, type WriteReport } from './image/write-plan.ts';
import { InputFiles } from './input-files.ts';
import { outputFile } from './output-file.ts';

const MiB = 2 ** 20;
const MOST_VOLUME_ID = 32;

/** A disc's GRUB has the same modules as a disk's, but for the file system. */
const CD_MODULES = [...BIOS_MODULES.filter((name) => name !== 'ext2'), 'iso9660'];

export const isoImage: BuiltinBuilder = {
  name: 'iso-image',
  async run(context) {
    const attributes = readAttributes(context.attrs);
    const files = new InputFiles(context);
    const seed = context.outputs.out!;
    const root = await isoTree(context, attributes, files);
    // GRUB's files have places, too.
    const plan = explainingBadPath('contents', () =>
      planIso9660(root, {
        volumeId: attributes.volumeId,
        systemId: 'LINUX',
        application: 'BOOTFLAKE',
        time: STORE_TIME,
        seed,
        boot: bootOf(attributes, files, root, seed),
      }),
    );
    return { outputs: { out: await writeOutput(context, attributes, plan) } };
  },
};

interface IsoAttributes {
  isoName: string;
  volumeId: string;
  contents: { source: string; target: string }[];
  storeContents: string[];
  grub: GrubAttributes;
  usbBootable: boolean;
  compress: boolean;
}

function readAttributes(attrs: Attributes): IsoAttributes {
  const isoName = fileNameAttribute(attrs, 'isoName', { suffix: '.zst' });
  const volumeId = optionalString(attrs, 'volumeID') ?? '';
  if (!/^[ -~]*$/.test(volumeId) || volumeId.length > MOST_VOLUME_ID)
    throw attributeError('volumeID', `at most ${MOST_VOLUME_ID} characters of ASCII`, volumeId);
  return {
    isoName,
    volumeId,
    contents: contentsAttribute(attrs, 'contents'),
    storeContents: stringsAttribute(attrs, 'storeContents'),
    grub: readGrubAttributes(attrs),
    usbBootable: booleanAttribute(attrs, 'usbBootable'),
    compress: booleanAttribute(attrs, 'compress'),
  };
}

async function isoTree(context: BuildContext, attributes: IsoAttributes, files: InputFiles): Promise<DirectoryNode> {
  const { storeContents } = attributes;
  const root = storeContents.length > 0 ? await storeTree(context, files, storeContents, false) : directory();
  placeContents(root, 'contents', attributes.contents, ({ source }) => files.scanTarget(source, new Map()));
  const { config } = attributes.grub;
  if (config !== undefined) explainingBadPath('contents', () => placeNode(root, 'boot/grub/grub.cfg', file(config)));
  return root;
}

/** Also puts the files into `root` by which GRUB finds the volume. */
function bootOf({ grub, usbBootable, volumeId }: IsoAttributes, files: InputFiles, root: DirectoryNode, seed: string): IsoBoot | undefined {
  if (grub.bios === undefined && grub.efi === undefined) return undefined;
  const folder = grub.bios === undefined ? undefined : grubFolder(files, grub.bios);
  const mark = `/.disk/id/${uuidText(seededUuid(seed, 'volume'))}`;
  placeNode(root, mark, file(''));
  // What Debian's GRUB for discs looks for, if it is not loaded from the volume itself.
  placeNode(root, '.disk/info', file(`${volumeId}\n`));
  return {
    catalogPath: 'boot/grub/boot.cat',
    hybrid: usbBootable,
    bios: folder && {
      path: 'boot/grub/i386-pc/eltorito.img',
      grub: {
        cdboot: cdBoot(folder.read('cdboot.img')),
        // Without a device: the one that the BIOS has booted from.
        core: makeCoreImage(folder, { modules: CD_MODULES, prefix: '/boot/grub', config: '' }),
        ...(usbBootable ? { hybrid: folder.read('boot_hybrid.img') } : {}),
      },
    },
    efi: grub.efi === undefined ? undefined : { path: 'boot/grub/efi.img', image: planEsp(grub.efi, grub.shim, mark, files, seed) },
  };
}

/** Throws `disk/no-grub` for a file of another size than that of a disc's sector. */
function cdBoot(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 2048) return bytes;
  throw new BootflakeError({
    code: 'disk/no-grub',
    message: `GRUB's cdboot.img has ${bytes.length} bytes, and not the 2048 of a disc's sector`,
  });
}

/** The EFI system partition: GRUB, which reads its menu from the volume. */
function planEsp(efi: string, shim: string | undefined, mark: string, files: InputFiles, seed: string): BlockPlan {
  const esp = directory();
  // With a shim, the name that is built into it.
  if (shim !== undefined) placeNode(esp, 'EFI/BOOT/BOOTX64.EFI', files.file(shim));
  placeNode(esp, shim === undefined ? 'EFI/BOOT/BOOTX64.EFI' : 'EFI/BOOT/grubx64.efi', files.file(efi));
  // The place of the menu on the volume: GRUB loaded from a disk reads this one, and that one from a disc.
  const config = `search --no-floppy --file --set=root ${mark}\nset prefix=($root)/boot/grub\nconfigfile $prefix/grub.cfg\n`;
  placeNode(esp, 'boot/grub/grub.cfg', file(config));
  const bytes = [efi, shim].reduce((sum, path) => sum + (path === undefined ? 0 : files.source(path).size), 0);
  const size = Math.ceil(bytes / MiB + 1) * MiB;
  return planFat(esp, { size, label: 'ESP', time: STORE_TIME, volumeId: seededBytes(seed, 'EFI system partition', 4).readUInt32LE(0) });
}

async function writeOutput(context: BuildContext, { isoName, compress }: IsoAttributes, plan: BlockPlan): Promise<BuiltOutput> {
  const out = outputFile(context);
  const path = `iso/${isoName}${compress ? '.zst' : ''}`;
  const texts = { 'hydra-build-products': `file iso ${context.outputs.out}/${path}\n`, system: 'x86_64-linux\n' };
  for (const folder of ['iso', 'nix-support']) makeDirectory(`${out}/${folder}`);
  for (const [name, text] of Object.entries(texts)) writeBytes(`${out}/nix-support/${name}`, text);
  const references = [context.outputs.out!];
  const report: WriteReport = { id: context.drvPath, activity: `writing ${isoName}`, progress: context.progress, signal: context.signal };
  if (compress) {
    const packed = new ImageFile(`${out}/${path}`, 0);
    const stream = new PackedStream(packed, 'zstd', context.cores);
    const disk = new RawStream(plan.size, stream);
    try {
      await writePlan(plan, disk, report, () => stream.settle());
      disk.end();
      await stream.end();
    } finally {
      stream.close();
      packed.close();
      closeFileSources();
    }
    return { references };
  }
  checkRoom(out, extentBytes(plan.extents));
  const frame = narFrame(texts, path, plan.size);
  const image = new ThreadedImageFile({ path: `${out}/${path}` });
  image.open({ size: plan.size, before: frame.before });
  try {
    await writePlan(plan, image, report, () => image.ready());
    return { references, narHash: await image.digest(frame.after), narSize: frame.narSize };
  } finally {
    await image.close();
    closeFileSources();
  }
}
