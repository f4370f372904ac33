/**
 * qemu, from PATH, else from Debian's package: a merged tree of the package and all it needs, started through the tree's own dynamic
 * loader, so that it runs for an ordinary user on a host with other libraries, with no chroot and no user namespace.
 */
import { BootflakeError } from '../base/errors.ts';
import { inPlaceOfOwn } from '../system/child-process.ts';
import { fileExists, fileFacts, listNames } from '../system/file-operations.ts';
import { hostPlatform } from '../system/host-platform.ts';
import { findOnPath } from '../system/machine-facts.ts';

export interface Qemu {
  /** The program and the arguments before the machine's own. */
  command: string[];
  environment: Record<string, string | undefined>;
  /** Folders to search for firmware. */
  firmwareFolders: string[];
  /** For the user: its path, or that it came from Debian's package. */
  origin: string;
}

export interface FindQemuOptions {
  /** The value of PATH. */
  path?: string | undefined;
  /** qemu's environment. Defaults to the process's own. */
  env?: NodeJS.ProcessEnv | undefined;
  /** Makes the distribution's merged tree of qemu and its firmware (`toolTrees.qemu`); returns the physical folder that holds its `usr`. */
  helperTree?: () => Promise<string>;
}

const program = 'qemu-system-x86_64';

/** Throws `vm/no-qemu`. */
export async function findQemu(options: FindQemuOptions): Promise<Qemu> {
  const qemu = await locate(options);
  return options.env ? { ...qemu, environment: { ...inPlaceOfOwn(options.env), ...qemu.environment } } : qemu;
}

async function locate(options: FindQemuOptions): Promise<Qemu> {
  const onPath = findOnPath(program, options.path ?? '');
  if (onPath) return { command: [onPath], environment: {}, firmwareFolders: ['/', onPath.replace(/\/bin\/[^/]+$/, '')], origin: onPath };
  if (options.helperTree === undefined || !canRunDebian()) throw noQemu();
  return qemuInTree(await options.helperTree());
}

function canRunDebian(): boolean {
  const { system, architecture } = hostPlatform();
  return system === 'linux' && architecture === 'x64';
}

/** qemu in a merged tree of Debian packages. Throws `vm/bad-qemu-tree` when the tree lacks it. */
export function qemuInTree(tree: string): Qemu {
  const libraries = `${tree}/usr/lib/x86_64-linux-gnu`;
  const loader = [`${libraries}/ld-linux-x86-64.so.2`, `${tree}/usr/lib64/ld-linux-x86-64.so.2`].find(isFile);
  const emulator = `${tree}/usr/bin/${program}`;
  if (loader === undefined || !fileExists(emulator)) {
    throw new BootflakeError({
      code: 'vm/bad-qemu-tree',
      message: `the tree '${tree}' holds no ${loader === undefined ? 'dynamic loader' : program}`,
    });
  }
  const data = ['qemu', 'seabios', 'ipxe/qemu', 'qemu-efi'].map((name) => `${tree}/usr/share/${name}`).filter(fileExists);
  return {
    command: [loader, '--library-path', libraryFolders(libraries).join(':'), emulator, ...data.flatMap((folder) => ['-L', folder])],
    // Debian builds the accelerators as modules, which are searched for in the folder they were built for.
    environment: { QEMU_MODULE_DIR: `${libraries}/qemu` },
    firmwareFolders: [tree],
    origin: `Debian's package in ${tree}`,
  };
}

/** Some libraries are in a separate folder, to which their users refer by absolute path. */
function libraryFolders(main: string): string[] {
  const inner = listNames(main)
    .map((name) => `${main}/${name}`)
    .filter((folder) => fileFacts(folder)?.type === 'directory' && listNames(folder).some((name) => /^lib.*\.so/.test(name)));
  return [main, ...inner];
}

/** Symlinks of the usr-merge may lead out of the tree; only a file counts. */
function isFile(path: string): boolean {
  return fileFacts(path)?.type === 'regular';
}

function noQemu(): BootflakeError {
  const { system, architecture } = hostPlatform();
  const hint =
    system === 'darwin' ? 'Install it: brew install qemu.' : "Install your distribution's package of it (Debian, Ubuntu: qemu-system-x86).";
  return new BootflakeError({
    code: 'vm/no-qemu',
    message: `${program} is not on PATH, and Debian's package of it cannot be used on this machine (${system} ${architecture})`,
    hint,
  });
}
