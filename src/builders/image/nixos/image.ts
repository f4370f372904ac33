/** The parts of a NixOS disk that differ from our own distribution's: the root's tree, the boot loader, the UUIDs. */
import { fatVolumeId, rootUuid, type ImageOptions } from '../../../disk/image/plan.ts';
import { bootPartition } from '../../../disk/image/layout.ts';
import { uuidText } from '../../../disk/seeded-uuid.ts';
import type { BuildContext } from '../../builder.ts';
import type { ImageAttributes } from '../attributes.ts';
import type { RootTree } from '../root-tree.ts';
import type { NixosAttributes } from './attributes.ts';
import { makeBootFiles } from './boot-files.ts';
import { nixosRootTree } from './root-tree.ts';
import { StoreFiles } from './store-files.ts';

export async function nixosImage(
  context: BuildContext,
  attributes: ImageAttributes,
  nixos: NixosAttributes,
): Promise<{ tree: RootTree; options: Pick<ImageOptions, 'bios' | 'fat' | 'uuids'> }> {
  const files = new StoreFiles(context);
  const { partitionTableType: type, seed, rootSeed, label } = attributes;
  const uuids = {
    root: uuidText(nixos.uuids.root ?? rootUuid(rootSeed)),
    rootLabel: label,
    boot: fatUuid(fatVolumeId(seed, bootPartition(type) === 'boot' ? 'boot' : 'esp')),
  };
  const { boot, esp, bios } = makeBootFiles(nixos.bootLoader, nixos.toplevel, { files, type, uuids, log: (line) => context.log(line) });
  const tree = await nixosRootTree(context, attributes, nixos, files, boot);
  return { tree, options: { fat: { esp, boot }, uuids: nixos.uuids, ...(bios && { bios }) } };
}

/** Formats a FAT volume's number as a UUID: `ABCD-1234`. */
function fatUuid(id: number): string {
  const hex = id.toString(16).toUpperCase().padStart(8, '0');
  return `${hex.slice(0, 4)}-${hex.slice(4)}`;
}
