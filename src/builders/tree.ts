/** builtin:tree: makes the files, links and copies of a list. Used by writeText, writeShellScriptBin, linkFarm, package wrappers. */
import { BootflakeError } from '../base/errors.ts';
import { writeCanonicalTree } from '../store/physical-tree.ts';
import { fileNameFault, shownName } from '../tree/file-name.ts';
import { directory, file, symlink, type DirectoryNode, type FileNode } from '../tree/file-tree.ts';
import { MOST_PARTS } from '../tree/place.ts';
import type { BuildContext, BuiltinBuilder } from './builder.ts';
import { InputFiles } from './input-files.ts';
import { outputFile } from './output-file.ts';
import { attributeError, isAttributes, listAttribute, type Attributes } from './attributes.ts';

export const tree: BuiltinBuilder = {
  name: 'tree',
  async run(context) {
    const root = entriesTree(context);
    writeCanonicalTree(outputFile(context), root);
    return { outputs: { out: { canonical: true, tree: root } } };
  },
};

function entriesTree(context: BuildContext): FileNode {
  const root = directory();
  const files = new InputFiles(context);
  for (const entry of listAttribute(context.attrs, 'entries')) {
    if (!isAttributes(entry) || typeof entry.path !== 'string')
      throw attributeError('entries', 'a list of attribute sets with a path', entry);
    const node = Array.isArray(entry.union) ? packageFolder(entry.union.map(String), entry.machineLinks, files) : entryNode(entry, files);
    if (node === undefined) continue;
    if (entry.path === '') {
      if (root.entries.size > 0 || listAttribute(context.attrs, 'entries').length > 1)
        throw badEntry('', 'an entry with the path "" is the output itself and must be the only one');
      return node;
    }
    placeNode(root, entry.path, node);
  }
  return root;
}

function entryNode(entry: Attributes, files: InputFiles): FileNode {
  const path = entry.path as string;
  const executable = entry.mode === '0555';
  if (entry.mode !== undefined && entry.mode !== null && !['0444', '0555', 'directory'].includes(String(entry.mode)))
    throw attributeError(`mode of "${path}"`, '"0444", "0555" or "directory"', entry.mode);
  const kinds = (['text', 'source', 'target'] as const).filter((kind) => typeof entry[kind] === 'string');
  if (entry.mode === 'directory' && kinds.length === 0) return directory();
  if (kinds.length !== 1)
    throw badEntry(path, `it must have one of text, source and target, not ${kinds.length === 0 ? 'none' : kinds.join(' and ')}`);
  const value = entry[kinds[0]!] as string;
  if (kinds[0] === 'text') return file(value, executable ? 0o755 : 0o644);
  if (kinds[0] === 'target') return symlink(value);
  const copy = files.tree(value);
  return executable && copy.type === 'regular' ? { ...copy, mode: 0o755 } : copy;
}

/**
 * Makes a package's `bin` or similar folder: the union of those of its folders `paths` that exist. Files outside these are referred to by
 * their path in the machine's merged tree: the target of a link into another package (python3 -> python3.13), and the absolute paths of
 * `machineLinks` (programs set by an alternative). Returns undefined if there is nothing.
 */
function packageFolder(paths: string[], machineLinks: unknown, files: InputFiles): FileNode | undefined {
  const folders = presentFolders(paths, files);
  const merged = mergedFolder(folders, files);
  const absent = new Map<string, string>();
  for (const [name, node] of merged.entries) {
    // Without /nix/store/HASH-NAME.
    if (node.type === 'symlink' && files.find(node.target) === undefined) absent.set(name, `/${node.target.split('/').slice(4).join('/')}`);
  }
  for (const link of Array.isArray(machineLinks) ? machineLinks.map(String) : []) {
    const name = link.slice(link.lastIndexOf('/') + 1);
    if (absent.has(name) || !merged.entries.has(name)) absent.set(name, link);
  }
  if (absent.size === 0) return unionOf(folders, merged);
  for (const [name, target] of absent) merged.entries.set(name, symlink(target));
  return merged;
}

/**
 * Returns a link to the only existing folder, else a folder of links, in which the first folder with a name wins; undefined if none exists.
 */
function unionNode(paths: string[], files: InputFiles): FileNode | undefined {
  const folders = presentFolders(paths, files);
  return unionOf(folders, mergedFolder(folders.length > 1 ? folders : [], files));
}

function unionOf(folders: PresentFolder[], merged: DirectoryNode): FileNode | undefined {
  const [only, more] = folders;
  return more ? merged : only && symlink(only.logical);
}

interface PresentFolder {
  /** As requested. */
  logical: string;
  /** The same without links on the way. */
  resolved: string;
}

function presentFolders(paths: string[], files: InputFiles): PresentFolder[] {
  const present = new Map<string, PresentFolder>();
  for (const logical of paths) {
    const found = files.find(logical);
    if (found?.facts.type === 'directory' && !present.has(found.path)) present.set(found.path, { logical, resolved: found.path });
  }
  return [...present.values()];
}

function mergedFolder(folders: PresentFolder[], files: InputFiles): DirectoryNode {
  const merged = directory();
  for (const { logical, resolved } of folders) {
    for (const name of files.names(resolved)) {
      if (merged.entries.has(name)) continue;
      const both =
        folders.length > 1
          ? unionNode(
              folders.map((folder) => `${folder.logical}/${name}`),
              files,
            )
          : undefined;
      merged.entries.set(name, both ?? symlink(`${logical}/${name}`));
    }
  }
  return merged;
}

function placeNode(root: DirectoryNode, path: string, node: FileNode): void {
  const names = path.replace(/^\/+|\/+$/g, '').split('/');
  if (names.length > MOST_PARTS) throw badEntry(path, `it has ${names.length} parts, and ${MOST_PARTS} are the most`);
  for (const name of names) {
    const fault = fileNameFault(name);
    if (fault !== undefined)
      throw badEntry(
        path,
        ['', '.', '..'].includes(name) ? 'a path has no empty parts, no "." and no ".."' : `the name ${shownName(name)} ${fault}`,
      );
  }
  const last = names.pop()!;
  let at = root;
  for (const name of names) {
    let next = at.entries.get(name);
    if (next === undefined) at.entries.set(name, (next = directory()));
    if (next.type !== 'directory') throw badEntry(path, `'${name}' above it is a ${next.type}`);
    at = next;
  }
  const present = at.entries.get(last);
  if (present?.type === 'directory' && node.type === 'directory') {
    for (const [name, child] of node.entries) placeNode(present, name, child);
  } else if (present !== undefined) {
    throw badEntry(path, 'there are two entries of that path');
  } else {
    at.entries.set(last, node);
  }
}

function badEntry(path: string, why: string): BootflakeError {
  return new BootflakeError({ code: 'build/bad-entry', message: `the entry ${shownName(path)} of a tree is wrong: ${why}` });
}
