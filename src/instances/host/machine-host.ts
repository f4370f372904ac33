/**
 * The host of machines with names, as far as they need it: files, sockets, processes. One is this host, the others are reached by ssh,
 * where bootflake has files and nothing else. Paths are absolute, of that host. An operation that the link interrupts has happened or has
 * not; those that belong together are made so that each state in between is a whole machine (see replacement.ts).
 */
import type { Duplex } from 'node:stream';
import type { HeldLock } from '../../system/lock-file.ts';
import type { Qemu } from '../../vm/find-qemu.ts';

export interface HostFileFacts {
  type: 'regular' | 'directory' | 'symlink' | 'other';
  /** Bytes. */
  size: number;
  /** Bytes that it takes on its disk. */
  occupied: number;
  modifiedMs: number;
  /** The last change of its contents, names or permissions. */
  changedMs: number;
}

/** The process that a file identifies (`identityToken`). `unknown`: it runs in another pid namespace. */
export interface HostProcess {
  pid: number;
  liveness: 'alive' | 'dead' | 'unknown';
  /** False: it is of an earlier boot of the host. */
  ofThisBoot: boolean;
  /** What the file has after the identity. */
  note: string;
}

/** A file that grows, such as the log of a console. */
export interface FollowedFile {
  /** What is new; nothing when there is no more for now. */
  read(): Uint8Array;
  close(): void;
}

/** A FIFO that another process reads. */
export interface HostInput {
  /** Returns how many bytes were taken. */
  write(bytes: Uint8Array): number;
  close(): void;
}

/** A qemu that has no machine, and is controlled by its protocol. */
export interface BareQemu {
  control: Duplex;
  /** Its status. */
  ended: Promise<number | undefined>;
  /** The last that it said. */
  errors(): string;
  end(): void;
}

export interface ProgramResult {
  /** undefined: the program is not there, or a signal ended it. */
  status: number | undefined;
  output: string;
}

export interface MachineHost {
  /** `ssh://user@host`; undefined for this host. */
  readonly address: string | undefined;
  /** Of the user there: HOME, PATH and such. */
  readonly environment: NodeJS.ProcessEnv;
  /** Milliseconds between questions that are repeated until something has happened. */
  readonly pause: number;
  listNames(folder: string): Promise<string[]>;
  /** Of the file itself, not of a link's target; undefined where there is none. */
  facts(path: string): Promise<HostFileFacts | undefined>;
  /** Of a regular file, or one that a link leads to: its path without links, its facts, and at most its first `length` bytes. */
  readBeginning(path: string, length: number): Promise<(HostFileFacts & { path: string; bytes: Uint8Array }) | undefined>;
  /** undefined where there is no file. */
  readBytes(path: string): Promise<Uint8Array | undefined>;
  /** Makes or replaces a file that its user alone may read; it is on the disk after `sync`. */
  write(path: string, contents: Uint8Array): Promise<void>;
  /** Writes into a file, and returns when that is on the disk. */
  writeAt(path: string, contents: Uint8Array, offset: number): Promise<void>;
  /** Makes a file of zeros that takes no space, unless it is there. */
  makeSparse(path: string, size: number): Promise<void>;
  /** Returns when a file, or the names in a folder, are on the disk. */
  sync(path: string): Promise<void>;
  link(from: string, to: string): Promise<void>;
  /** Replaces what is there. */
  rename(from: string, to: string): Promise<void>;
  /** Does nothing where there is no file. */
  remove(path: string): Promise<void>;
  removeTree(path: string): Promise<void>;
  /** Copies a file of the host, unless the copy is there. */
  copyOnce(from: string, to: string): Promise<void>;
  /** For its user alone; with its parents. */
  makeFolder(path: string): Promise<void>;
  /** Of the process that the file identifies; undefined where it identifies none. */
  process(file: string): Promise<HostProcess | undefined>;
  /** SIGKILL, if the process is still the one that the file identifies. */
  kill(file: string): Promise<void>;
  /** Runs a script of sh that outlives us, in a session of its own. Resolves at its end, if that is soon noticed. */
  startScript(script: string): { ended(): Promise<boolean> };
  /** A program of the host. */
  run(words: readonly string[], input?: string): Promise<ProgramResult>;
  /** Starts qemu without a machine in a folder; it ends with us, even if we are killed. */
  startBareQemu(folder: string, qemu: Pick<Qemu, 'command' | 'environment'>, args: readonly string[]): Promise<BareQemu>;
  /** Throws an error with the code ENOENT or ECONNREFUSED where no process listens. */
  connect(folder: string, socket: string): Promise<Duplex>;
  /** Throws an error with the code ENOENT where its folder is not there, and the signal's reason. */
  lock(path: string, signal?: AbortSignal): Promise<HeldLock>;
  /** Returns undefined where somebody else has it. */
  tryLock(path: string): Promise<HeldLock | undefined>;
  /** Begins with the last `tail` bytes. */
  follow(path: string, tail: number): FollowedFile;
  /** Throws an error with the code ENXIO where no process reads it. */
  openInput(path: string): Promise<HostInput>;
}

/** A host reached by ssh. */
export interface RemoteHost extends MachineHost {
  readonly address: string;
  /** The folder there with everything of bootflake. */
  readonly folder: string;
}
