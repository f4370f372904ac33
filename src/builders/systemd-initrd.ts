/**
 * builtin:systemd-initrd: an initramfs whose process 1 is systemd, from a tree of merged Debian packages (`tree`). Of these it has the
 * files `paths`, those of `optionalPaths` that exist, all programs of the unpacked packages `programsOf`, and the libraries of all programs
 * among them; a link to the root at each of `packageLinks`, so that paths of packages in the store lead to their files in the merged tree;
 * and the requested kernel modules where modprobe finds them, with their indexes. On top of it are the trees `contents`, the files
 * `extraFiles`, whose libraries are added too, and `secrets`, which only root can read.
 */
import { moduleIndexes } from '../debian/generated/modules/module-indexes.ts';
import { directory, file, symlink, type DirectoryNode, type FileNode } from '../tree/file-tree.ts';
import { placeNode } from '../tree/place.ts';
import { attributeError, stringAttribute, stringsAttribute, type Attributes } from './attributes.ts';
import type { BuiltinBuilder } from './builder.ts';
import { placeExtraFiles, placeInInitrd } from './initrd/extra-files.ts';
import { findModulesFolder } from './initrd/kernel-modules.ts';
import { moduleClosure } from './initrd/module-closure.ts';
import { moduleRequest, openModules } from './initrd/open-modules.ts';
import { TreeSubset } from './initrd/tree-subset.ts';
import { writeInitrd } from './initrd/write-initrd.ts';
import { InputFiles } from './input-files.ts';

export const systemdInitrd: BuiltinBuilder = {
  name: 'systemd-initrd',
  async run(context) {
    const { attrs } = context;
    const files = new InputFiles(context);
    const tree = stringAttribute(attrs, 'tree');
    const packages = files.scanTarget(tree, new Map());
    if (packages.type !== 'directory') throw attributeError('tree', 'a tree of packages', tree);
    const subset = new TreeSubset(packages, tree);
    for (const path of stringsAttribute(attrs, 'paths')) subset.add(path);
    for (const path of stringsAttribute(attrs, 'optionalPaths')) if (subset.has(path)) subset.add(path);
    for (const path of stringsAttribute(attrs, 'programsOf'))
      for (const program of programsOf(files, path)) if (subset.has(program)) subset.add(program);
    for (const path of stringsAttribute(attrs, 'packageLinks')) placeInInitrd(subset.root, path, symlink('/'));
    placeModules(attrs, subset.root, files, context.log);
    const own = directory();
    for (const source of stringsAttribute(attrs, 'contents')) placeTree(own, files.scanTarget(source, new Map()), source);
    placeExtraFiles(attrs, own, files);
    placeExtraFiles(attrs, own, files, 'secrets', 0o400);
    addLibraries(subset, own, '');
    placeTree(subset.root, own, 'extraFiles');
    await writeInitrd(context, files, subset.root, 'zstd');
    return { outputs: { out: { references: [] } } };
  },
};

/** The paths of the programs of an unpacked package, in the merged tree. */
function programsOf(files: InputFiles, deb: string): string[] {
  return ['bin', 'sbin', 'usr/bin', 'usr/sbin'].flatMap((folder) => files.names(`${deb}/${folder}`).map((name) => `${folder}/${name}`));
}

/** The files of kmod that say what the kernel has and in which order. */
const LISTS = ['modules.order', 'modules.builtin', 'modules.builtin.modinfo'];

function placeModules(attrs: Attributes, root: DirectoryNode, files: InputFiles, log: (line: string) => void): void {
  const [kernel, version] = [stringAttribute(attrs, 'kernel'), stringAttribute(attrs, 'kernelVersion')];
  const from = openModules(files, kernel, version);
  const { contents } = moduleClosure(from, moduleRequest(attrs), log);
  const folder = directory();
  for (const [name, bytes] of contents) placeNode(folder, from.files.get(name)!.replace(/\.[xg]z$/, ''), file(bytes, 0o444));
  for (const name of LISTS) {
    const bytes = files.bytes(`${findModulesFolder(files, kernel, version)}/${name}`);
    if (bytes) folder.entries.set(name, file(bytes, 0o444));
  }
  for (const [name, bytes] of moduleIndexes(folder)) folder.entries.set(name, file(bytes, 0o444));
  folder.entries.delete('modules.builtin.modinfo');
  placeNode(root, `usr/lib/modules/${version}`, folder);
}

/** Merges a tree into the root; what leads through a link of the root, such as `bin`, goes to where the link leads. */
function placeTree(root: DirectoryNode, tree: FileNode, source: string): void {
  if (tree.type !== 'directory') throw attributeError('contents', 'a list of folders', source);
  for (const [name, node] of tree.entries) {
    const present = root.entries.get(name);
    const at = present?.type === 'symlink' && node.type === 'directory' ? present.target : name;
    placeInInitrd(root, at, node);
  }
}

function addLibraries(subset: TreeSubset, node: FileNode, path: string): void {
  if (node.type === 'regular') subset.addLibrariesOf(node, path);
  if (node.type === 'directory')
    for (const [name, child] of node.entries) addLibraries(subset, child, path === '' ? name : `${path}/${name}`);
}
