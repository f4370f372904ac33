/** All ways in which a repository can make git start a program, set to a program that leaves a mark. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The name of the drivers that `.gitattributes` of a trapped repository requests. */
export const driver = 'trap';

/** git-config(1): keys whose value is a program, a shell command, or leads to one. `PROGRAM` stands for the program. */
export const programKeys: [key: string, value: string][] = [
  ['core.fsmonitor', 'PROGRAM'],
  ['core.hooksPath', 'HOOKS'],
  ['core.sshCommand', 'PROGRAM'],
  ['core.gitProxy', 'PROGRAM'],
  ['core.askPass', 'PROGRAM'],
  ['core.pager', 'PROGRAM'],
  ['core.editor', 'PROGRAM'],
  ['core.alternateRefsCommand', 'PROGRAM'],
  ['sequence.editor', 'PROGRAM'],
  ['credential.helper', '!PROGRAM'],
  ['credential.https://git.example.test.helper', '!PROGRAM'],
  [`filter.${driver}.clean`, 'PROGRAM'],
  [`filter.${driver}.smudge`, 'PROGRAM'],
  [`filter.${driver}.process`, 'PROGRAM'],
  [`filter.${driver}.required`, 'true'],
  ['filter.lfs.clean', 'PROGRAM'],
  ['filter.lfs.process', 'PROGRAM'],
  ['diff.external', 'PROGRAM'],
  [`diff.${driver}.command`, 'PROGRAM'],
  [`diff.${driver}.textconv`, 'PROGRAM'],
  ['diff.tool', driver],
  [`difftool.${driver}.cmd`, 'PROGRAM'],
  [`merge.${driver}.driver`, 'PROGRAM'],
  ['merge.tool', driver],
  [`mergetool.${driver}.cmd`, 'PROGRAM'],
  ['interactive.diffFilter', 'PROGRAM'],
  ['gpg.program', 'PROGRAM'],
  ['gpg.openpgp.program', 'PROGRAM'],
  ['gpg.ssh.program', 'PROGRAM'],
  ['gpg.x509.program', 'PROGRAM'],
  ['gpg.ssh.defaultKeyCommand', 'PROGRAM'],
  ['log.showSignature', 'true'],
  ['alias.status', '!PROGRAM'],
  ['alias.ls-files', '!PROGRAM'],
  ['alias.ls-tree', '!PROGRAM'],
  ['alias.log', '!PROGRAM'],
  ['alias.add', '!PROGRAM'],
  ['pager.status', 'PROGRAM'],
  ['pager.log', 'PROGRAM'],
  ['pager.config', 'PROGRAM'],
  ['remote.origin.url', 'ext::PROGRAM'],
  ['remote.origin.uploadpack', 'PROGRAM'],
  ['remote.origin.receivepack', 'PROGRAM'],
  ['remote.origin.vcs', driver],
  ['remote.origin.promisor', 'true'],
  ['remote.origin.proxy', 'PROGRAM'],
  ['protocol.allow', 'always'],
  ['protocol.ext.allow', 'always'],
  ['url.ext::PROGRAM .insteadOf', 'https://'],
  ['uploadpack.packObjectsHook', 'PROGRAM'],
  ['submodule.recurse', 'true'],
  ['submodule.sub.update', '!PROGRAM'],
  ['submodule.sub.url', 'ext::PROGRAM'],
  ['submodule.sub.active', 'true'],
  ['status.submoduleSummary', 'true'],
  ['diff.submodule', 'log'],
  ['tar.trap.command', 'PROGRAM'],
  [`trailer.${driver}.command`, 'PROGRAM'],
  [`trailer.${driver}.cmd`, 'PROGRAM'],
  ['init.templateDir', 'HOOKS'],
  [`browser.${driver}.cmd`, 'PROGRAM'],
  ['web.browser', driver],
  [`man.${driver}.cmd`, 'PROGRAM'],
  [`guitool.${driver}.cmd`, 'PROGRAM'],
  ['instaweb.httpd', 'PROGRAM'],
  ['imap.tunnel', 'PROGRAM'],
  ['sendemail.smtpServer', 'PROGRAM'],
  ['sendemail.sendmailCmd', 'PROGRAM'],
  ['sendemail.toCmd', 'PROGRAM'],
  ['sendemail.ccCmd', 'PROGRAM'],
  ['include.path', 'INCLUDED'],
  ['includeIf.gitdir:/.path', 'INCLUDED'],
];

const hooks = [
  'applypatch-msg',
  'commit-msg',
  'fsmonitor-watchman',
  'post-applypatch',
  'post-checkout',
  'post-commit',
  'post-index-change',
  'post-merge',
  'post-receive',
  'post-rewrite',
  'post-update',
  'pre-applypatch',
  'pre-auto-gc',
  'pre-commit',
  'pre-merge-commit',
  'pre-push',
  'pre-rebase',
  'pre-receive',
  'prepare-commit-msg',
  'proc-receive',
  'push-to-checkout',
  'query-watchman',
  'reference-transaction',
  'sendemail-validate',
  'update',
];

export class GitTraps {
  private readonly program: string;
  private readonly marks: string;
  private readonly hooks: string;
  private readonly included: string;

  /** `folder` holds the program and its marks. */
  constructor(folder: string) {
    mkdirSync(folder);
    this.program = join(folder, 'program');
    this.marks = join(folder, 'marks');
    this.hooks = join(folder, 'hooks');
    this.included = join(folder, 'included');
    mkdirSync(this.marks);
    writeFileSync(this.program, `#!/bin/sh\necho "$0 $*" > '${this.marks}/'$$\ncat\n`);
    chmodSync(this.program, 0o755);
    this.setHooks(this.hooks);
    writeFileSync(this.included, `[core]\n\tfsmonitor = ${this.program}\n[filter "${driver}"]\n\tclean = ${this.program}\n`);
  }

  /** The text of a configuration with these keys. */
  config(keys: readonly (readonly [string, string])[]): string {
    return keys
      .map(([name, value]) => {
        const parts = name.split('.');
        const [section, key, subsection] = [parts[0], parts.at(-1), parts.slice(1, -1).join('.')];
        const quoted = (text: string) => this.filled(text).replace(/["\\]/g, '\\$&');
        return `[${section}${subsection && ` "${quoted(subsection)}"`}]\n\t${key} = "${quoted(value)}"\n`;
      })
      .join('');
  }

  /** Sets the traps in a repository's own folder. */
  set(gitDir: string, keys: readonly (readonly [string, string])[] = programKeys): void {
    appendFileSync(join(gitDir, 'config'), this.config(keys));
    this.setHooks(join(gitDir, 'hooks'));
  }

  private setHooks(folder: string): void {
    mkdirSync(folder, { recursive: true });
    for (const name of hooks) {
      writeFileSync(join(folder, name), `#!/bin/sh\nexec '${this.program}' ${name}\n`);
      chmodSync(join(folder, name), 0o755);
    }
  }

  private filled(text: string): string {
    return text.replace('PROGRAM', this.program).replace('HOOKS', this.hooks).replace('INCLUDED', this.included);
  }

  /** How often the program was started since the last call. */
  take(): number {
    const names = readdirSync(this.marks);
    spawnSync('rm', ['-rf', this.marks]);
    mkdirSync(this.marks);
    return names.length;
  }
}

/** Every key that this git has, with the program as its value, except those for which `isRead` returns true. */
export function everyKey(isRead: (key: string) => boolean): [string, string][] {
  const { stdout } = spawnSync('git', ['help', '--config'], { encoding: 'utf8', env: { ...process.env, GIT_PAGER: 'cat' } });
  return stdout
    .split('\n')
    .map((line) => line.replace(/<[^>]*>|\*/g, driver))
    .filter((key) => /^[a-z][a-z0-9-]*\.(?:.*\.)?[a-z][a-z0-9-]*$/i.test(key) && !isRead(key.toLowerCase()))
    .map((key) => [key, 'PROGRAM']);
}
