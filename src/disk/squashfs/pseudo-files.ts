/** mksquashfs' pseudo file definitions (its option -p): files that are no files on the machine that makes the file system. */
import { BootflakeError } from '../../base/errors.ts';
import { shownName } from '../../tree/file-name.ts';
import { directory, symlink, type DirectoryNode, type FileNode, type Ownership } from '../../tree/file-tree.ts';
import { BadPath, pathParts, placeNode } from '../../tree/place.ts';
import type { SpecialFile } from './inode-list.ts';
import { isXattrName, type Xattr } from './xattrs.ts';

export interface PseudoFiles {
  specials: Map<string, SpecialFile>;
  xattrs: Map<string, Xattr[]>;
}

const MOST_MAJOR = 2 ** 12 - 1;
const MOST_MINOR = 2 ** 20 - 1;

/** Puts folders, links and modes into the tree, and returns the rest. Throws `disk/bad-pseudo-file` with the line at fault. */
export function placePseudoFiles(root: DirectoryNode, lines: readonly string[]): PseudoFiles {
  const pseudo: PseudoFiles = { specials: new Map(), xattrs: new Map() };
  for (const line of lines) {
    try {
      placeLine(root, line, pseudo);
    } catch (error) {
      if (!(error instanceof BadPath)) throw error;
      throw new BootflakeError({
        code: 'disk/bad-pseudo-file',
        message: `the pseudo file ${shownName(line)} is wrong: ${error.message}`,
        hint: 'The lines are those of mksquashfs -p, such as "/dev/null c 0666 0 0 1 3" or "/sbin/init s 0777 0 0 /usr/bin/init".',
        cause: error,
      });
    }
  }
  return pseudo;
}

function placeLine(root: DirectoryNode, line: string, { specials, xattrs }: PseudoFiles): void {
  const { name, rest } = splitName(line.trim());
  const parts = pathParts(name);
  const path = parts.join('/');
  const [, kind = '', after = ''] = /^(\S*)\s*(.*)$/s.exec(rest)!;
  if (kind === 'x') {
    if (!specials.has(path)) find(root, parts);
    xattrs.set(path, [...(xattrs.get(path) ?? []), readXattr(after)]);
    return;
  }
  const words = after.split(/\s+/).filter(Boolean);
  const owner = (): Ownership => ({ mode: readMode(words[0]), uid: readId(words[1]), gid: readId(words[2]) });
  const count = { d: 3, m: 3, b: 5, c: 5 }[kind];
  if (count !== undefined && words.length !== count) throw new BadPath(`${kind} is followed by ${count} values, not ${words.length}`);
  switch (kind) {
    case 'd':
      if (path === '') Object.assign(root, owner());
      else placeNode(root, path, { ...directory(), ...owner() });
      return;
    case 'm':
      if (specials.has(path)) specials.set(path, { ...specials.get(path)!, ...owner() });
      else modify(root, parts, owner());
      return;
    case 's': {
      const [, target] = /^\S+\s+\S+\s+\S+\s+(.*)$/s.exec(after) ?? [];
      if (target === undefined) throw new BadPath('s is followed by a mode, a user, a group and a target');
      placeNode(root, path, { ...symlink(target), ...owner() });
      return;
    }
    case 'b':
    case 'c':
      place(specials, root, parts, {
        ...owner(),
        type: kind === 'b' ? 'block' : 'character',
        major: readNumber(words[3], MOST_MAJOR),
        minor: readNumber(words[4], MOST_MINOR),
      });
      return;
    case 'i':
      if (words.length > 4 || !['s', 'f', undefined].includes(words[3]))
        throw new BadPath('i is followed by a mode, a user, a group, and s or f');
      place(specials, root, parts, { ...owner(), type: words[3] === 's' ? 'socket' : 'fifo' });
      return;
    default:
      throw new BadPath(`${shownName(kind)} is none of d, m, s, b, c, i and x: no command is run, and all files have the same time`);
  }
}

/** A name may be in quotes, and have backslashes before blanks. */
function splitName(line: string): { name: string; rest: string } {
  const [, quoted, bare, rest] = /^(?:"((?:[^"\\]|\\.)*)"|((?:[^\s\\]|\\.)+))\s+(.*)$/s.exec(line) ?? [];
  if (rest === undefined) throw new BadPath('it is a name, a letter and what the letter asks for');
  return { name: (quoted ?? bare!).replace(/\\(.)/gs, '$1'), rest };
}

function place(specials: Map<string, SpecialFile>, root: DirectoryNode, parts: string[], file: SpecialFile): void {
  if (parts.length === 0) throw new BadPath('the root is a directory');
  const folder = parts.slice(0, -1);
  if (folder.length > 0) {
    try {
      find(root, folder);
    } catch {
      placeNode(root, folder.join('/'), directory());
    }
  }
  const parent = find(root, folder);
  if (parent.type !== 'directory') throw new BadPath(`${shownName(folder.join('/'))} is no directory`);
  parent.entries.delete(parts.at(-1)!);
  specials.set(parts.join('/'), file);
}

function find(root: DirectoryNode, parts: readonly string[]): FileNode {
  let at: FileNode = root;
  for (const part of parts) {
    const next: FileNode | undefined = at.type === 'directory' ? at.entries.get(part) : undefined;
    if (next === undefined) throw new BadPath(`there is no ${shownName(parts.join('/'))}`);
    at = next;
  }
  return at;
}

/** Another name of the same file keeps its mode. */
function modify(root: DirectoryNode, parts: string[], owner: Ownership): void {
  const node = find(root, parts);
  if (parts.length === 0) Object.assign(node, owner);
  else (find(root, parts.slice(0, -1)) as DirectoryNode).entries.set(parts.at(-1)!, { ...node, ...owner });
}

function readMode(word: string | undefined): number {
  if (word === undefined || !/^0?[0-7]{1,4}$/.test(word)) throw new BadPath(`the mode ${shownName(word ?? '')} is not octal`);
  return parseInt(word, 8);
}

function readId(word: string | undefined): number {
  return word === 'root' ? 0 : readNumber(word, 2 ** 32 - 2);
}

function readNumber(word: string | undefined, most: number): number {
  const number = Number(word);
  if (word === undefined || !/^\d+$/.test(word) || number > most)
    throw new BadPath(`${shownName(word ?? '')} is not a number up to ${most}`);
  return number;
}

/** NAME=VALUE: a value in hexadecimal begins with 0x, one in base64 with 0s, text that would look so with 0t. */
function readXattr(text: string): Xattr {
  const equals = text.indexOf('=');
  const name = text.slice(0, equals);
  const value = text.slice(equals + 1);
  if (equals < 0 || !isXattrName(name)) throw new BadPath(`x is followed by NAME=VALUE, with a name in user, trusted or security`);
  if (/^0[xX]/.test(value)) {
    if (!/^0.([0-9a-fA-F]{2})*$/.test(value)) throw new BadPath(`${shownName(value)} has a half byte, or a letter above f`);
    return [name, Buffer.from(value.slice(2), 'hex')];
  }
  if (/^0[sS]/.test(value)) return [name, Buffer.from(value.slice(2), 'base64')];
  return [name, Buffer.from(/^0[tT]/.test(value) ? value.slice(2) : value)];
}
