/**
 * Detects pipes and devices where git would open a file: git would wait for ever, and a thread that waits for git receives no signal. The
 * repository's author may have put them there, so they are looked for before git is started.
 */
import { lstatSync, readFileSync, readdirSync, statSync, type Dirent, type Stats } from 'node:fs';
import { join, resolve } from 'node:path';
import { BootflakeError } from '../../base/errors.ts';
import { specialKind } from '../../system/special-file.ts';
import type { GitLayout } from './layout.ts';

/** Files and folders of a repository that git opens (gitrepository-layout(5)); others may be sockets (`fsmonitor--daemon.ipc`). */
const opened = /^(?:HEAD|index|packed-refs|shallow|config|config\.worktree|commondir|sharedindex\.[0-9a-f]+|info|refs|reftable|objects)$/;
/** The longest chain of repositories borrowing objects that git follows (object-file.c, link_alt_odb_entries). */
const mostBorrowed = 6;

/** Throws `git/special-file`. */
export function checkRepositoryFiles({ folder, gitDir, commonDir }: GitLayout): void {
  const walk = new Walk(folder);
  for (const place of new Set([gitDir, commonDir])) {
    for (const name of namesOf(place)) if (opened.test(name)) walk.check(join(place, name));
  }
  checkBorrowed(walk, join(commonDir, 'objects'), 0);
}

/** Checks the files of a work tree that git opens by name. Takes as long as listing every folder. Throws `git/special-file`. */
export function checkWorktreeFiles(folder: string): void {
  const walk = new Walk(folder);
  const pending = [folder];
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    for (const entry of entriesOf(place)) {
      const path = join(place, entry.name);
      if (entry.name === '.git') {
        if (place !== folder) walk.check(path);
      } else if (entry.isDirectory()) pending.push(path);
      else if (/^\.git(?:attributes|ignore|modules)$/.test(entry.name)) walk.check(path);
    }
  }
}

/** Checks the object folders named in `info/alternates`. */
function checkBorrowed(walk: Walk, objects: string, depth: number): void {
  const list = join(objects, 'info', 'alternates');
  if (depth > mostBorrowed || !statOf(list)?.isFile()) return;
  for (const line of readFileSync(list, 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const path = resolve(objects, unquoted(line));
    walk.check(path);
    checkBorrowed(walk, path, depth + 1);
  }
}

function unquoted(line: string): string {
  try {
    return line.startsWith('"') ? String(JSON.parse(line)) : line;
  } catch {
    return line;
  }
}

class Walk {
  /** Links may lead in a circle. */
  private readonly seen = new Set<string>();

  constructor(private readonly repository: string) {}

  /** Checks a path and, if it leads to a folder, everything below it. */
  check(path: string): void {
    const status = statOf(path);
    if (status === undefined) return;
    const kind = specialKind(status);
    if (kind !== undefined) throw special(path, this.repository, kind);
    if (!status.isDirectory()) return;
    const key = `${status.dev}:${status.ino}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    // A directory entry that says it is a file needs no further system call: there may be thousands.
    for (const entry of entriesOf(path)) if (!entry.isFile()) this.check(join(path, entry.name));
  }
}

function special(path: string, repository: string, kind: string): BootflakeError {
  const link = lstatSync(path).isSymbolicLink() ? 'a symbolic link to ' : '';
  return new BootflakeError({
    code: 'git/special-file',
    message: `'${path}' in the Git repository '${repository}' is ${link}${kind}, where git expects a regular file`,
    hint: `Remove it, or use path:${repository}, which does not use git.`,
  });
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // git cannot open it either.
  }
}

function namesOf(folder: string): string[] {
  return entriesOf(folder).map(({ name }) => name);
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // git cannot read it either.
  }
}
