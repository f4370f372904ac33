/**
 * What packages have in /var, which no image has: rules for systemd-tmpfiles, which makes what is missing at boot and at a switch. Owners
 * and modes hold for what is made; what is there stays as it is.
 */
import type { SpecialMember } from '../../debian/deb.ts';
import { file, type DirectoryNode, type FileNode } from '../../tree/file-tree.ts';
import { placeNode } from '../../tree/place.ts';
import { attributeError } from '../attributes.ts';
import type { MergedTree } from './merge-debs.ts';

/** Its name comes late: of several rules for a path, the first one counts. */
const RULES = 'usr/lib/tmpfiles.d/zz-packages.conf';

/** systemd makes these itself, or they belong to programs that change an installation, which is read-only here. */
const NEEDLESS = new Set(
  ['run', 'lock', 'tmp', 'log', 'cache', 'lib', 'spool', 'cache/adduser', 'cache/apt', 'cache/debconf', 'cache/ldconfig'].concat([
    'lib/apt',
    'lib/dpkg',
    'lib/pam',
    'lib/sgml-base',
    'lib/systemd',
    'lib/ucf',
    'lib/xml-core',
  ]),
);
/** Of these, what is below them is needed. */
const SHARED = new Set(['log', 'cache', 'lib', 'spool']);

/** What maintainer scripts do to a folder: `d` makes it, `z` changes one that a package has. */
interface Folder {
  type: 'd' | 'z';
  mode?: string;
  user?: string;
  group?: string;
}

/** `folders` are lines `TYPE PATH MODE USER GROUP` of the table of packages. */
export function addVarRules({ root, special }: MergedTree, folders: readonly string[]): void {
  const scripts = readFolders(folders);
  const facts = new Map(special.map((member) => [member.path, member]));
  const lines: string[] = [];
  const present = new Set<string>();
  for (const [path, node] of below(root.entries.get('var'), '')) {
    const place = `/var/${path}`;
    present.add(place);
    const line = ruleOf(place, node, facts.get(`var/${path}`), scripts.get(place));
    if (line !== undefined) lines.push(line);
  }
  for (const [path, { type, mode, user, group }] of scripts) {
    if (type === 'd' && !present.has(path)) lines.push(rule('d', path, mode ?? '0755', user ?? 'root', group ?? 'root'));
  }
  if (lines.length > 0) placeNode(root, RULES, file(`${lines.sort().join('\n')}\n`, 0o444));
}

function* below(node: FileNode | undefined, path: string): Generator<[string, FileNode]> {
  if (node?.type !== 'directory') return;
  for (const [name, child] of (node satisfies DirectoryNode).entries) {
    const place = path === '' ? name : `${path}/${name}`;
    if (!NEEDLESS.has(place)) yield [place, child];
    if (!NEEDLESS.has(place) || SHARED.has(place)) yield* below(child, place);
  }
}

function ruleOf(path: string, node: FileNode, member: SpecialMember | undefined, script: Folder | undefined): string | undefined {
  // Lines have no place for them, and no package has any.
  if (/[\x00-\x1f\x7f]/.test(path) || (node.type === 'symlink' && /[\x00-\x1f\x7f]/.test(node.target))) return undefined;
  if (node.type === 'symlink') return rule('L', path, '-', '-', '-', node.target);
  const isFolder = node.type === 'directory';
  const mode = script?.mode ?? member?.mode ?? (isFolder ? '0755' : '0644');
  const user = script?.user ?? member?.owner ?? 'root';
  const group = script?.group ?? member?.group ?? 'root';
  if (isFolder) return rule('d', path, mode, user, group);
  return rule('C', path, mode, user, group, `/run/current-system/tree${path}`);
}

function rule(type: string, path: string, mode: string, user: string, group: string, argument?: string): string {
  const made = (value: string) => (value === '-' ? value : `:${value.replaceAll('%', '%%')}`);
  const end = argument === undefined ? '' : ` - ${argument.replaceAll('%', '%%')}`;
  return `${type} ${quoted(path.replaceAll('%', '%%'))} ${made(mode)} ${made(user)} ${made(group)}${end}`;
}

function quoted(path: string): string {
  return /^[\w./%@+:,=~-]+$/.test(path) ? path : `"${path.replace(/["\\]/g, '\\$&')}"`;
}

function readFolders(lines: readonly string[]): Map<string, Folder> {
  const found = new Map<string, Folder>();
  for (const line of lines) {
    const match = /^([dz]) (\/(?:var|srv)(?:\/[\w.@+-]+)+) ([0-7]{4}|-) ([a-zA-Z_][\w-]*|-) ([a-zA-Z_][\w-]*|-)$/.exec(line);
    const [, type, path = '', mode, user, group] = match ?? [];
    if (!match || path.split('/').includes('..')) throw attributeError('folders', 'lines "TYPE PATH MODE USER GROUP"', line);
    const said = (value: string | undefined) => (value === '-' ? undefined : value);
    const before = found.get(path);
    found.set(path, {
      type: before?.type === 'd' ? 'd' : (type as Folder['type']),
      mode: said(mode) ?? before?.mode,
      user: said(user) ?? before?.user,
      group: said(group) ?? before?.group,
    });
  }
  return found;
}
