/** Bare clones of remote repositories in the cache, updated when they are old or lack the requested commit. */
import { isFresh } from './freshness.ts';
import { createHash } from 'node:crypto';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeDirectories } from '../system/file-operations.ts';
import { BootflakeError } from '../base/errors.ts';
import { hidePasswords } from '../base/hide-passwords.ts';
import { wallClockSeconds } from '../system/clock.ts';
import { ownRepository, type GitRepository } from './git-repository/repository.ts';
import { runGit } from './git-repository/run.ts';
import { acquireLockSync } from '../system/lock-file.ts';
import { flakeError } from '../base/flake-error.ts';
import { isLegalRefName, stringAttr, type InputAttrs } from './scheme/scheme.ts';
import { parseUrl, printUrl } from './url.ts';
import type { FetchContext } from './fetcher.ts';
import { offlineError } from './remembered.ts';

export interface Commit {
  /** A repository that contains it. */
  repository: GitRepository;
  ref: string;
  rev: string;
}

/** Finds the commit that the attributes name in a remote repository, which is cloned or fetched if necessary. */
export function remoteCommit(attrs: InputAttrs, context: FetchContext): Commit {
  return new RemoteRepository(attrs, context).commit();
}

/** A branch's name in full. */
export function fullRef(ref: string): string {
  return ref === 'HEAD' || ref.startsWith('refs/') ? ref : `refs/heads/${ref}`;
}

/** The commit that a revision or a full name of a ref stands for. */
export function findCommit(repository: GitRepository, name: string): string | undefined {
  return repository
    .tryGit(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`])
    ?.toString()
    .trim();
}

class RemoteRepository {
  private readonly url: string;
  private readonly folder: string;
  private readonly rev: string | undefined;
  private readonly repository: GitRepository;

  constructor(
    private readonly attrs: InputAttrs,
    private readonly context: FetchContext,
  ) {
    const url = parseUrl(String(attrs.url));
    // Lock files of old Nix versions have the flake's folder in the URL, which must not be sent to the server.
    url.query.delete('dir');
    this.url = printUrl(url);
    const name = createHash('sha256')
      .update(`${this.url}${attrs.shallow === true ? '\0shallow' : ''}`)
      .digest('hex')
      .slice(0, 32);
    this.folder = join(context.cacheDir, 'git', name);
    this.rev = stringAttr(attrs, 'rev');
    this.repository = ownRepository(this.folder, this.url);
  }

  commit(): Commit {
    makeDirectories(dirname(this.folder));
    const lock = acquireLockSync(`${this.folder}.lock`);
    try {
      this.create();
      const ref = stringAttr(this.attrs, 'ref') ?? this.defaultRef();
      const full = fullRef(ref);
      if (this.mustFetch(full)) this.fetch(full);
      return {
        repository: this.repository,
        ref,
        rev: this.rev === undefined ? this.resolve(full, ref) : this.requireRevision(this.rev, ref),
      };
    } finally {
      lock.release();
    }
  }

  private create(): void {
    if (existsSync(join(this.folder, 'HEAD'))) return;
    // Without a template, which would install hooks.
    runGit(dirname(this.folder), ['init', '--quiet', '--bare', '--template=', this.folder], { repository: this.url });
  }

  /** The branch that the server's HEAD refers to. */
  private defaultRef(): string {
    const { cache, settings, offline, refresh } = this.context;
    const key = `git-head ${this.url}`;
    const found = cache.find(key) as { time: number; ref: string } | undefined;
    const kept = found && isLegalRefName(found.ref) ? found : undefined;
    const now = wallClockSeconds();
    if (kept && (offline || this.rev !== undefined || (!refresh && isFresh(now - kept.time, settings.tarballTtl)))) return kept.ref;
    if (offline) throw offlineError(this.url);
    const response = this.repository.git(['ls-remote', '--symref', '--', this.url, 'HEAD']).toString();
    const ref = /^ref: (\S+)\tHEAD$/m.exec(response)?.[1];
    if (ref === undefined) this.context.warn(`could not read HEAD ref from repo at '${this.url}', using 'master'`);
    else if (!isLegalRefName(ref)) {
      throw flakeError(
        'bad-answer',
        `the server of '${this.url}' names '${ref}' as its default branch, which is no name of a branch`,
        'Name a branch: ?ref=BRANCH',
      );
    } else cache.remember(key, { time: now, ref });
    return ref ?? 'master';
  }

  private mustFetch(ref: string): boolean {
    const { settings, offline, refresh } = this.context;
    if (this.rev !== undefined) return !this.has(this.rev);
    if (offline && this.find(ref) !== undefined) return false;
    if (refresh || this.attrs.allRefs === true) return true;
    const age = wallClockSeconds() - (statSync(this.stamp(ref), { throwIfNoEntry: false })?.mtimeMs ?? 0) / 1000;
    return !isFresh(age, settings.tarballTtl) || this.find(ref) === undefined;
  }

  private fetch(ref: string): void {
    if (this.context.offline) throw offlineError(this.url);
    this.context.progress({
      type: 'start',
      id: this.url,
      activity: `fetching Git repository '${hidePasswords(this.url)}'`,
      download: true,
    });
    try {
      this.fetchWanted(ref);
      makeDirectories(dirname(this.stamp(ref)));
      writeFileSync(this.stamp(ref), '');
    } catch (error) {
      const held = this.rev === undefined ? this.find(ref) : undefined;
      if (held === undefined || !(error instanceof BootflakeError) || error.code !== 'git/failed') throw error;
      this.context.warn(
        `${error.message}; could not update local clone of Git repository '${this.url}'; continuing with the most recent version`,
      );
    } finally {
      this.context.progress({ type: 'finish', id: this.url });
    }
  }

  private fetchWanted(ref: string): void {
    if (this.attrs.allRefs === true) return this.run('refs/*:refs/*');
    if (this.rev === undefined) return this.run(`${ref}:${ref}`);
    try {
      this.run(this.rev);
    } catch (error) {
      // Not every server serves a commit by its hash; one in the branch's history comes with the branch.
      if (this.attrs.shallow === true || !(error instanceof BootflakeError) || error.code !== 'git/failed') throw error;
      this.run(`${ref}:${ref}`);
    }
  }

  private run(refspec: string): void {
    const depth = this.attrs.shallow === true ? ['--depth', '1'] : [];
    this.repository.git(['fetch', '--quiet', '--force', '--no-tags', '--recurse-submodules=no', ...depth, '--', this.url, refspec]);
  }

  /** The file whose time is that of the last fetch of a ref, named by the hash of the ref, whose name may come from the server. */
  private stamp(ref: string): string {
    return join(this.folder, 'bootflake-fetched', createHash('sha256').update(ref).digest('hex'));
  }

  private has(rev: string): boolean {
    return this.find(rev) !== undefined;
  }

  private find(ref: string): string | undefined {
    return findCommit(this.repository, ref);
  }

  private resolve(full: string, ref: string): string {
    const found = this.find(full);
    if (found === undefined)
      throw flakeError(
        'missing-revision',
        `there is no branch '${ref}' in the Git repository '${this.url}'`,
        `Run: git ls-remote ${this.url}  to list them.`,
      );
    return found;
  }

  private requireRevision(rev: string, ref: string): string {
    if (this.has(rev)) return rev;
    throw flakeError(
      'missing-revision',
      `Cannot find Git revision '${rev}' in ref '${ref}' of repository '${this.url}'`,
      'Name the branch that has it (?ref=), or let all be fetched: ?allRefs=1',
    );
  }
}
