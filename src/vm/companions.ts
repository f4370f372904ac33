/**
 * Programs beside qemu: virtiofsd for each shared folder, and swtpm for a TPM. Each listens on a socket before qemu starts, serves one
 * client, and ends when qemu does.
 */
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { monotonicMilliseconds } from '../system/clock.ts';
import { removeTree } from '../store/physical-tree.ts';
import { outputOfProgram, startProgram } from '../system/child-process.ts';
import { fileExists, makeDirectories, makePrivateFolder, removeEntry } from '../system/file-operations.ts';
import { hostPlatform } from '../system/host-platform.ts';
import { findOnPath } from '../system/machine-facts.ts';
import { sleep } from '../system/sleep.ts';
import type { MachineFeatures } from './machine-options.ts';
import type { MachineDescription } from './qemu-arguments.ts';
import { announcedMounts, type Share } from './shares.ts';

export interface Companion {
  /** For messages. */
  name: string;
  command: string[];
  /** In the folder in which it is started, as `folder` is, which is made for it. */
  socket: string;
  folder?: string;
}

/** What they serve. */
type Served = Pick<MachineFeatures, 'shares' | 'tpm'>;

/** Debian's trees of packages, from our own store. */
export type CompanionTree = (name: 'virtiofsd' | 'swtpm') => Promise<string>;

/** Names in a folder of the machine. */
const tpmSocket = 'tpm.sock';
const tpmState = 'tpm';

function shareSocket(index: number): string {
  return `share${index}.sock`;
}

/**
 * `tpm`: whether there is one, whose state is in `stateFolder`; `swtpm`: its path, where that is known. Throws `vm/no-virtiofsd`,
 * `vm/no-swtpm`.
 */
export async function companionsOf(
  { shares = [], tpm = false }: Served,
  {
    path,
    tree,
    stateFolder,
    swtpm,
  }: { path: string | undefined; tree: CompanionTree | undefined; stateFolder?: string | undefined; swtpm?: string | undefined },
): Promise<Companion[]> {
  const virtiofsd = shares.length > 0 ? await findProgram('virtiofsd', path, tree) : [];
  const sandbox = shares.length > 0 ? await sandboxFor(virtiofsd) : '';
  return [
    ...shares.map((share, i) => shareCompanion(share, i, [...virtiofsd, '--sandbox', sandbox])),
    ...(tpm ? [tpmCompanion(swtpm === undefined ? await findProgram('swtpm', path, tree) : [swtpm], stateFolder)] : []),
  ];
}

/** Commands in a form to paste, with programs of PATH. */
export function printedCompanions({ shares = [], tpm = false }: Served): Companion[] {
  return [...shares.map((share, i) => shareCompanion(share, i, ['virtiofsd'])), ...(tpm ? [tpmCompanion(['swtpm'], undefined)] : [])];
}

function shareCompanion({ source, readOnly }: Share, index: number, program: readonly string[]): Companion {
  const socket = shareSocket(index);
  return {
    name: `virtiofsd of ${source}`,
    command: [
      ...[...program, '--socket-path', socket, '--shared-dir', source, '--log-level', 'error'],
      ...(readOnly ? ['--readonly'] : []),
    ],
    socket,
  };
}

function tpmCompanion(program: readonly string[], stateFolder = tpmState): Companion {
  // A comma would end the folder's name.
  if (stateFolder.includes(',')) throw noComma(stateFolder);
  return {
    name: 'swtpm',
    command: [
      ...[...program, 'socket', '--tpm2', '--tpmstate', `dir=${stateFolder}`],
      ...['--ctrl', `type=unixio,path=${tpmSocket},mode=0600`, '--terminate'],
    ],
    socket: tpmSocket,
    folder: stateFolder,
  };
}

/** What qemu is given for them; `socketOf`: their sockets' paths. */
export function companionDevices(
  { shares = [], tpm = false }: Served,
  socketOf: (name: string) => string,
): Pick<MachineDescription, 'shares' | 'mounts' | 'tpm'> {
  return {
    shares: shares.map(({ tag }, i) => ({ tag, socket: socketOf(shareSocket(i)) })),
    mounts: announcedMounts(shares),
    ...(tpm && { tpm: socketOf(tpmSocket) }),
  };
}

/** Milliseconds until it must listen. */
const patience = 10_000;

/** Milliseconds that it may take to end. */
const endPatience = 5000;

/** Starts them in `folder`. They end with qemu, or by `end`, which resolves when they have. Throws `vm/companion-failed`. */
export async function startCompanions(companions: readonly Companion[], folder: string): Promise<{ end(): Promise<void> }> {
  const running: Running[] = [];
  const end = async () => {
    for (const { kill } of running) kill();
    const deadline = monotonicMilliseconds() + endPatience;
    while (running.some(({ failure }) => failure() === undefined) && monotonicMilliseconds() < deadline) await sleep(10);
  };
  try {
    for (const companion of companions) running.push(start(companion, folder));
    const deadline = monotonicMilliseconds() + patience;
    for (const { companion, failure } of running)
      while (!fileExists(`${folder}/${companion.socket}`)) {
        const why = failure() ?? (monotonicMilliseconds() > deadline ? 'it does not listen' : undefined);
        if (why !== undefined) throw companionFailed(companion, why);
        await sleep(20);
      }
    return { end };
  } catch (error) {
    await end();
    throw error;
  }
}

interface Running {
  companion: Companion;
  kill(): void;
  /** What it said when it ended; undefined while it runs. */
  failure(): string | undefined;
}

function start(companion: Companion, folder: string): Running {
  if (companion.folder !== undefined) makeDirectories(resolve(folder, companion.folder));
  // That of an earlier start would be taken for this one's.
  removeEntry(`${folder}/${companion.socket}`);
  const program = startProgram(companion.command, { terminal: 'none', cwd: folder });
  let ended = false;
  program.ended.then(
    () => (ended = true),
    () => (ended = true),
  );
  return {
    companion,
    kill: () => program.kill('SIGTERM'),
    failure: () => (ended ? program.errorOutput().trim() || 'it ended' : undefined),
  };
}

/** The program on PATH or where Debian puts it, else Debian's package. */
async function findProgram(name: 'virtiofsd' | 'swtpm', path: string | undefined, tree: CompanionTree | undefined): Promise<string[]> {
  const found = findOnPath(name, `${path ?? ''}:/usr/libexec:/usr/lib/qemu`);
  // qemu's own virtiofsd, before 8.0, had other options, and needed root.
  if (found !== undefined && (name === 'swtpm' || (await isRustVirtiofsd(found)))) return [found];
  const { system, architecture } = hostPlatform();
  if (system !== 'linux' || architecture !== 'x64' || tree === undefined) throw noProgram(name);
  return programInTree(await tree(name), name);
}

async function isRustVirtiofsd(program: string): Promise<boolean> {
  return /^virtiofsd (?:backend )?\d+\.\d+/.test((await outputOfProgram([program, '--version'], 5000)) ?? '');
}

function programInTree(tree: string, name: string): string[] {
  const libraries = `${tree}/usr/lib/x86_64-linux-gnu`;
  const program = [`${tree}/usr/bin/${name}`, `${tree}/usr/libexec/${name}`].find(fileExists);
  if (program === undefined) throw new BootflakeError({ code: 'vm/bad-tree', message: `the tree '${tree}' holds no ${name}` });
  return [`${libraries}/ld-linux-x86-64.so.2`, '--library-path', `${libraries}:${libraries}/${name}`, program];
}

/** Milliseconds in which virtiofsd fails if it cannot make its sandbox. */
const sandboxPatience = 300;

/** virtiofsd confines itself by namespaces, where it may make them. */
async function sandboxFor(program: readonly string[]): Promise<string> {
  const folder = makePrivateFolder(`${tmpdir()}/bootflake-virtiofsd-`);
  try {
    const tried = startProgram([...program, '--socket-path', 's', '--shared-dir', folder, '--log-level', 'off'], {
      terminal: 'none',
      cwd: folder,
    });
    const end = await Promise.race([tried.ended.catch(() => 'failed'), sleep(sandboxPatience).then(() => undefined)]);
    tried.kill('SIGKILL');
    await tried.ended.catch(() => {});
    return end === undefined ? 'namespace' : 'none';
  } finally {
    removeTree(folder);
  }
}

function companionFailed({ name }: Companion, why: string): BootflakeError {
  return new BootflakeError({
    code: 'vm/companion-failed',
    message: `${name} could not be started: ${why.split('\n').slice(-3).join(' ')}`,
  });
}

function noProgram(name: string): BootflakeError {
  const { system, architecture } = hostPlatform();
  const use = name === 'swtpm' ? 'A TPM' : 'A shared folder';
  return new BootflakeError({
    code: `vm/no-${name}`,
    message:
      `${use} needs ${name}, which is not on PATH, ` +
      `and Debian's package of it cannot be used on this machine (${system} ${architecture})`,
    hint: `Install your distribution's package of it (Debian: ${name}).`,
  });
}

function noComma(folder: string): BootflakeError {
  return new BootflakeError({ code: 'vm/bad-disk-name', message: `swtpm cannot keep its state in '${folder}': the name has a comma` });
}
