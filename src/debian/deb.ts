/** Parses a .deb file to its tree of files, and the facts that files in the store cannot carry. */
import { ArchiveError } from '../archive/archive-error.ts';
import { unpackedPieces, type Compression } from '../archive/compression.ts';
import { readTar, type TarMember } from '../archive/tar.ts';
import { BootflakeError } from '../base/errors.ts';
import { bytesSource, directory, type DirectoryNode, type FileNode, type RegularNode } from '../tree/file-tree.ts';
import { parseAr, type ArMember } from './ar.ts';
import { parseStanza } from './control.ts';
import type { PathFilter } from './path-filter.ts';

/** A member whose owner or permission bits files in the store cannot have. */
export interface SpecialMember {
  /** Without a slash at its beginning. */
  path: string;
  type: 'file' | 'directory';
  /** Octal, as `4755`. */
  mode: string;
  owner: string;
  group: string;
}

/** The contents of `nix-support/debian.json` of an unpacked package. */
export interface DebFacts {
  name: string;
  version: string;
  architecture: string;
  special: SpecialMember[];
  /** Paths, without a slash at their beginning. */
  conffiles: string[];
  /** The fields that decide which of two packages may own a file: dpkg(1), Debian Policy 7.6. */
  replaces: string;
  provides: string;
  /** Files of other packages that its scripts divert, and where to. Paths as in `conffiles`. Missing from files of earlier versions. */
  diversions?: Record<string, string>;
}

export interface Deb {
  root: DirectoryNode;
  facts: DebFacts;
}

/** Limits on a package's unpacked size, in bytes. */
export interface DebBounds {
  control: number;
  data: number;
}

const MOST_CONTROL = 64 << 20;
/** The archive has packages of a few hundred KiB that unpack to 740 MB, and of 1 GB that unpack to 7 GB. */
const [LEAST_DATA, DATA_RATIO] = [2 ** 30, 64];

/** By the suffix of a member's name. */
const COMPRESSIONS: Record<string, Compression> = { '.xz': 'xz', '.zst': 'zstd', '.gz': 'gzip', '': 'none' };

/**
 * `what` names the package in messages; `bounds` are the archive's own unless given. Throws `debian/bad-deb`, `debian/bad-tar`,
 * `debian/bad-xz` (`gzip`, `zstd`), `debian/too-large`, `debian/unsafe-member`.
 */
export function parseDeb(bytes: Uint8Array, what: string, leaveOut: PathFilter, bounds?: DebBounds): Deb {
  const members = parseAr(bytes, what);
  const fault = (why: string) => new BootflakeError({ code: 'debian/bad-deb', message: `${what} is no Debian package: ${why}` });
  if (members[0]?.name !== 'debian-binary' || !Buffer.from(members[0].bytes).toString('latin1').startsWith('2.'))
    throw fault('it is not of format 2');
  const control = members.find(({ name }) => name.startsWith('control.tar'));
  const data = members.find(({ name }) => name.startsWith('data.tar'));
  if (!control || !data) throw fault('it lacks its control or data archive');
  const special: SpecialMember[] = [];
  const facts = explained(control, what, () => controlFacts(membersOf(control, what, bounds?.control ?? MOST_CONTROL)));
  const mostData = bounds?.data ?? Math.max(LEAST_DATA, bytes.length * DATA_RATIO);
  const root = explained(data, what, () => buildTree(membersOf(data, what, mostData), what, leaveOut, special));
  return { root, facts: { ...facts, special } };
}

function membersOf(member: ArMember, what: string, most: number): Iterable<TarMember> {
  const compression = COMPRESSIONS[member.name.slice(member.name.indexOf('.tar') + 4)];
  if (!compression)
    throw new BootflakeError({
      code: 'debian/bad-deb',
      message: `${what} has its files in ${member.name}, whose compression is not supported`,
    });
  let left = most;
  return readTar(
    unpackedPieces(bytesSource(member.bytes), compression, (length) => {
      left -= length;
      if (left >= 0) return;
      throw new BootflakeError({
        code: 'debian/too-large',
        message: `${member.name} of ${what} has ${member.bytes.length} bytes and unpacks to more than ${most}`,
        hint: 'Check where the package comes from: no package of Debian is like that. Nothing of it was kept.',
      });
    }),
  );
}

/** Runs `work` and reports broken data as an error of the package. */
function explained<T>({ name }: ArMember, what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    throw new BootflakeError({
      code: `debian/bad-${error.format}`,
      message: `${name} of ${what} is broken: ${error.message}`,
      cause: error,
    });
  }
}

function controlFacts(members: Iterable<TarMember>): Omit<DebFacts, 'special'> {
  const files = new Map<string, string>();
  for (const { path, contents } of members) files.set(path.replace(/^\.\//, ''), Buffer.from(contents.bytes()).toString('utf8'));
  const fields = parseStanza(files.get('control') ?? '');
  // A conffile may be marked `remove-on-upgrade /path`: it is not in the package.
  const conffiles = (files.get('conffiles') ?? '')
    .split('\n')
    .filter((line) => line.startsWith('/'))
    .map((line) => line.slice(1).trim());
  return {
    name: fields.get('package') ?? '',
    version: fields.get('version') ?? '',
    architecture: fields.get('architecture') ?? '',
    conffiles,
    replaces: fields.get('replaces') ?? '',
    provides: fields.get('provides') ?? '',
    diversions: diversions(`${files.get('preinst') ?? ''}\n${files.get('postinst') ?? ''}`),
  };
}

/** Finds literal dpkg-divert calls in scripts; those that name their files by variables are not found. */
function diversions(scripts: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const line of scripts.replaceAll('\\\n', ' ').split(/[\n;&|]+/)) {
    const [, call] = /\bdpkg-divert\s(.*)/.exec(line) ?? [];
    if (call === undefined || /--(?:remove|list|listpackage|truename)\b/.test(call)) continue;
    const path = /(?:^|\s)["']?\/([^\s"']+)["']?\s*$/.exec(call.replace(/[12]?>.*$/, ''))?.[1];
    const target = /--divert[\s=]+["']?\/([^\s"']+)/.exec(call)?.[1];
    if (path !== undefined && !path.includes('$')) found[path] = target !== undefined && !target.includes('$') ? target : `${path}.distrib`;
  }
  return found;
}

function buildTree(members: Iterable<TarMember>, what: string, leaveOut: PathFilter, special: SpecialMember[]): DirectoryNode {
  const root = directory();
  const folders = new Map<string, DirectoryNode>([['', root]]);
  const place = new TreePlace(folders, what);
  const leftOut = new Map<string, RegularNode>();
  for (const member of members) {
    const path = safePath(member, what);
    if (path === '') continue;
    if (leaveOut(path)) {
      // Another name of the same file may stay.
      if (member.type === 'file') leftOut.set(path, regular(member));
      continue;
    }
    if (member.type === 'hardlink') {
      const target = normalPath(member.link);
      const node = target === undefined ? undefined : (place.find(target) ?? leftOut.get(target));
      if (node?.type !== 'regular')
        throw unsafe(what, member.path, `it is a hard link to '${member.link}', which is not an earlier file of the package`);
      place.put(path, node, member);
      continue;
    }
    place.put(path, nodeOf(member, what), member);
    noteSpecial(member, path, special);
  }
  return root;
}

/**
 * Places members. No member is ever placed below a symlink: parents must be directories of this tree. Not `placeNode`, which replaces and
 * merges what this refuses, and walks from the root for each of a package's files.
 */
class TreePlace {
  constructor(
    private readonly folders: Map<string, DirectoryNode>,
    private readonly what: string,
  ) {}

  put(path: string, node: FileNode, member: TarMember): void {
    const slash = path.lastIndexOf('/');
    const parent = this.folder(slash < 0 ? '' : path.slice(0, slash), member);
    const name = path.slice(slash + 1);
    const present = parent.entries.get(name);
    if (node.type === 'directory') {
      if (present?.type === 'directory') return;
      if (present) throw unsafe(this.what, member.path, `there is a ${present.type === 'symlink' ? 'symlink' : 'file'} of that name`);
      this.folders.set(path, node);
    } else if (present?.type === 'directory') {
      throw unsafe(this.what, member.path, 'there is a directory of that name');
    }
    parent.entries.set(name, node);
  }

  find(path: string): FileNode | undefined {
    const slash = path.lastIndexOf('/');
    return this.folders.get(slash < 0 ? '' : path.slice(0, slash))?.entries.get(path.slice(slash + 1));
  }

  private folder(path: string, member: TarMember): DirectoryNode {
    const known = this.folders.get(path);
    if (known) return known;
    const slash = path.lastIndexOf('/');
    const parent = this.folder(slash < 0 ? '' : path.slice(0, slash), member);
    const name = path.slice(slash + 1);
    const present = parent.entries.get(name);
    if (present)
      throw unsafe(this.what, member.path, `it is below '${path}', which is a ${present.type === 'symlink' ? 'symlink' : 'file'}`);
    const made = directory();
    parent.entries.set(name, made);
    this.folders.set(path, made);
    return made;
  }
}

function nodeOf(member: TarMember, what: string): FileNode {
  switch (member.type) {
    case 'directory':
      return directory([], member.mode);
    case 'symlink':
      return { type: 'symlink', mode: 0o777, uid: member.uid, gid: member.gid, target: member.link };
    case 'file':
      return regular(member);
    default:
      throw unsafe(what, member.path, `it is a ${member.type}, which a store path cannot hold`);
  }
}

function regular(member: TarMember): RegularNode {
  return { type: 'regular', mode: member.mode, uid: member.uid, gid: member.gid, contents: bytesSource(member.contents.bytes()) };
}

/** Files in the store are readable by everyone and owned by root: records members for which this differs. */
function noteSpecial(member: TarMember, path: string, special: SpecialMember[]): void {
  if (member.type !== 'file' && member.type !== 'directory') return;
  const { mode, uid, gid } = member;
  const readable = member.type === 'directory' ? 0o555 : 0o444;
  if ((mode & 0o7000) === 0 && uid === 0 && gid === 0 && (mode & readable) === readable) return;
  special.push({
    path,
    type: member.type,
    mode: mode.toString(8).padStart(4, '0'),
    owner: uid === 0 ? 'root' : member.owner || String(uid),
    group: gid === 0 ? 'root' : member.group || String(gid),
  });
}

/** Bytes. Linux's limit for a name, and half of its limit for a path, as the store's own path comes before it. */
const [MOST_NAME, MOST_PATH] = [255, 2048];

function safePath(member: TarMember, what: string): string {
  const path = normalPath(member.path);
  if (path === undefined) throw unsafe(what, member.path, 'its path leads out of the package');
  if (path.includes('\0') || member.link.includes('\0')) throw unsafe(what, member.path, 'its name or target contains NUL');
  const bytes = Buffer.byteLength(path);
  if (bytes > MOST_PATH || (bytes > MOST_NAME && path.split('/').some((name) => Buffer.byteLength(name) > MOST_NAME))) {
    throw unsafe(
      what,
      `${path.slice(0, 40)}...`,
      `its path has ${bytes} bytes, more than ${MOST_PATH}, or a name in it more than ${MOST_NAME}`,
    );
  }
  if (Buffer.byteLength(member.link) >= 4096) throw unsafe(what, member.path, 'its target has 4096 bytes or more');
  return path;
}

/** Maps `./usr/bin/` to `usr/bin` and the root to an empty string; returns undefined for absolute paths and paths that leave the root. */
function normalPath(path: string): string | undefined {
  if (path.startsWith('./')) path = path.slice(2);
  if (!/(?:^|\/)\.{0,2}(?:\/|$)/.test(path)) return path;
  if (path.startsWith('/')) return undefined;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? undefined : parts.join('/');
}

function unsafe(what: string, member: string, why: string): BootflakeError {
  return new BootflakeError({
    code: 'debian/unsafe-member',
    message: `${what} contains '${member}', which is refused: ${why}`,
    hint: 'Check where the package comes from: no package signed by Debian does this. Nothing of it was kept.',
  });
}
