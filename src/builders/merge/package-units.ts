/**
 * Units of packages stand below the configuration's: none starts by itself, and none is merged into a unit that the configuration has
 * whole. The parts of systemd, udev and dbus, of which a system consists, are apart.
 */
import { followDirectory } from '../../debian/generated/tree-walk.ts';
import type { DirectoryNode } from '../../tree/file-tree.ts';
import type { UnpackedDeb } from './merge-debs.ts';

const UNITS = ['usr/lib/systemd/system', 'lib/systemd/system'];
const PARTS = /^(?:systemd|udev|dbus)(?:-|$)/;

/**
 * Removes links that start units along with others (NAME.wants), and drop-ins of units that are `replaced`. What the packages `asked` for
 * have stays.
 */
export function subdueUnits(root: DirectoryNode, debs: UnpackedDeb[], asked: readonly string[], replaced: readonly string[]): void {
  const units = followDirectory(root, UNITS[0]!);
  if (!units) return;
  for (const { facts, root: own } of debs) {
    if (PARTS.test(facts.name) || asked.includes(facts.name)) continue;
    for (const [name, node] of UNITS.flatMap((path) => [...(followDirectory(own, path)?.entries ?? [])])) {
      const isDropIn = name.endsWith('.d') && replaced.includes(name.slice(0, -2));
      if (node.type !== 'directory' || !(isDropIn || /\.(?:wants|requires|upholds)$/.test(name))) continue;
      const merged = units.entries.get(name);
      if (merged?.type !== 'directory') continue;
      for (const entry of node.entries.keys()) merged.entries.delete(entry);
      if (merged.entries.size === 0) units.entries.delete(name);
    }
  }
}
