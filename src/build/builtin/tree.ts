/** builtin:tree: files, links and copies, as their list says. Serves writeText, writeShellScriptBin, linkFarm, package wrappers. */
import { BootflakeError } from '../../base/errors.ts';
import { readPhysicalTree, writeCanonicalTree } from '../../io/physical-tree.ts';
import { listNames } from '../../io/file-operations.ts';
import { resolveInStore } from '../../store/logical-path.ts';
import { directory, file, symlink, type DirectoryNode, type FileNode } from '../../tree/file-tree.ts';
import type { BuildContext, BuiltinBuilder } from '../builder.ts';
import { attributeError, isAttributes, listAttribute, type Attributes } from './attributes.ts';

export const tree: BuiltinBuilder = {
  name: 'tree',
  async run(context) {
    const root = entriesTree(context);
    writeCanonicalTree(context.outputFiles.out!, root);
    return { outputs: { out: { canonical: true, tree: root } } };
  },
};

function entriesTree(context: BuildContext): FileNode {
  const root = directory();
  for (const entry of listAttribute(context.attrs, 'entries')) {
    if (!isAttributes(entry) || typeof entry.path !== 'string') throw attributeError('entries', 'a list of attribute sets with a path', entry);
    const node = Array.isArray(entry.union) ? packageFolder(entry.union.map(String), entry.machineLinks, context) : entryNode(entry, context);
    if (node === undefined) continue;
    if (entry.path === '') {
      if (root.entries.size > 0 || listAttribute(context.attrs, 'entries').length > 1) throw badEntry('', 'an entry with the path "" is the output itself and must be the only one');
      return node;
    }
    placeNode(root, entry.path, node);
  }
  return root;
}

function entryNode(entry: Attributes, context: BuildContext): FileNode {
  const path = entry.path as string;
  const executable = entry.mode === '0555';
  if (entry.mode !== undefined && entry.mode !== null && !['0444', '0555', 'directory'].includes(String(entry.mode))) throw attributeError(`mode of "${path}"`, '"0444", "0555" or "directory"', entry.mode);
  const kinds = (['text', 'source', 'target'] as const).filter((kind) => typeof entry[kind] === 'string');
  if (entry.mode === 'directory' && kinds.length === 0) return directory();
  if (kinds.length !== 1) throw badEntry(path, `it must have one of text, source and target, not ${kinds.length === 0 ? 'none' : kinds.join(' and ')}`);
  const value = entry[kinds[0]!] as string;
  if (kinds[0] === 'text') return file(value, executable ? 0o755 : 0o644);
  if (kinds[0] === 'target') return symlink(value);
  const copy = readPhysicalTree(context.realPath(value));
  return executable && copy.type === 'regular' ? { ...copy, mode: 0o755 } : copy;
}

/**
 * A package's `bin` and the like: what the folders `paths` of its files have together, of which some may not exist. What is not among
 * these files lies where the merged tree of the machine has it: the target of a link into another package (python3 -> python3.13), and
 * the absolute paths of `machineLinks` (programs that an alternative decides upon). undefined if there is nothing.
 */
function packageFolder(paths: string[], machineLinks: unknown, context: BuildContext): FileNode | undefined {
  const folder = unionNode(paths, context);
  const links = dangling(paths, context);
  for (const link of Array.isArray(machineLinks) ? machineLinks.map(String) : []) links.set(link.slice(link.lastIndexOf('/') + 1), link);
  if (links.size === 0) return folder;
  const opened = folder?.type === 'symlink' ? openedFolder(folder.target, context) : folder ?? directory();
  if (opened.type !== 'directory') return folder;
  for (const [name, target] of links) {
    const present = opened.entries.get(name);
    if (present === undefined || (present.type === 'symlink' && resolveInStore(context, present.target) === undefined)) opened.entries.set(name, symlink(target));
  }
  return opened;
}

/** The links in these folders that lead nowhere in the store, with their places in the machine. */
function dangling(paths: string[], context: BuildContext): Map<string, string> {
  const links = new Map<string, string>();
  for (const path of paths) {
    const found = resolveInStore(context, path);
    if (found?.facts.type !== 'directory') continue;
    for (const name of listNames(context.realPath(found.path))) {
      if (!links.has(name) && resolveInStore(context, `${path}/${name}`) === undefined) links.set(name, `/${path.split('/').slice(4).join('/')}/${name}`);
    }
  }
  return links;
}

function openedFolder(logical: string, context: BuildContext): DirectoryNode {
  const opened = directory();
  const physical = resolveInStore(context, logical)!.path;
  for (const name of listNames(context.realPath(physical))) opened.entries.set(name, symlink(`${logical}/${name}`));
  return opened;
}

/** A link to the only one of the folders that is there, else a folder of links, where the first that has a name wins; undefined if none is there. */
function unionNode(paths: string[], context: BuildContext): FileNode | undefined {
  const present = new Map<string, string>();
  for (const candidate of paths) {
    const found = resolveInStore(context, candidate);
    if (found?.facts.type === 'directory' && !present.has(found.path)) present.set(found.path, candidate);
  }
  const folders = [...present];
  if (folders.length < 2) return folders.length === 0 ? undefined : symlink(folders[0]![1]);
  const merged = directory();
  for (const [physical, logical] of folders) {
    for (const name of listNames(context.realPath(physical))) {
      if (merged.entries.has(name)) continue;
      const node = unionNode(folders.map(([, folder]) => `${folder}/${name}`), context) ?? symlink(`${logical}/${name}`);
      merged.entries.set(name, node);
    }
  }
  return merged;
}

function placeNode(root: DirectoryNode, path: string, node: FileNode): void {
  const names = path.replace(/^\/+|\/+$/g, '').split('/');
  if (names.some((name) => name === '' || name === '.' || name === '..')) throw badEntry(path, 'a path has no empty parts, no "." and no ".."');
  const last = names.pop()!;
  let at = root;
  for (const name of names) {
    let next = at.entries.get(name);
    if (next === undefined) at.entries.set(name, next = directory());
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
  return new BootflakeError({ code: 'build/bad-entry', message: `the entry "${path}" of a tree is wrong: ${why}` });
}
