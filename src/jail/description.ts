/** What runs in a sandbox, as plain data. Texts that reach the program are byte strings: one character per byte, as in derivations. */

/** A store path that the program may read. */
export interface JailInput {
  /** `/nix/store/HASH-name`. */
  logical: string;
  /** Its file on the host. */
  physical: string;
  kind: 'regular' | 'directory' | 'symlink';
}

/** A file or folder of the host. */
export interface JailBind {
  /** Its absolute path in the sandbox. */
  target: string;
  /** Its absolute path on the host. */
  source: string;
  /** It may be missing. */
  optional?: boolean;
  /** The program may write there, and open devices. */
  writable?: boolean;
}

export interface JailDescription {
  /**
   * A new folder for this run alone, on the store's file system; made here. Afterwards `store` below it holds what the program made in
   * /nix/store, and `build` what it left in /build. The caller removes it (`removeJailFolder`).
   */
  folder: string;
  /** Where a program finds its folder for temporary files: the setting `sandbox-build-dir`. */
  buildDirectory: string;
  inputs: readonly JailInput[];
  /** An absolute path in the sandbox. */
  program: string;
  args: readonly string[];
  env: ReadonlyMap<string, string>;
  /** Files in /build, by name, before the program starts. */
  files: ReadonlyMap<string, string>;
  /**
   * `none`: a loopback device of its own. `outside`: the host's network, but no abstract socket nor loopback service of the host. `host`:
   * all of it.
   */
  network: 'none' | 'outside' | 'host';
  /** The certificates for /etc/ssl/certs, with `outside` and `host`: a file of the host. */
  certificates?: string | undefined;
  binds: readonly JailBind[];
  /**
   * A folder of the host with a distribution's `usr` and `etc`, and its path in the sandbox: it becomes /usr, with the links /bin, /lib and
   * so on, and what /etc lacks.
   */
  distribution?: { source: string; path: string } | undefined;
  /** Shows the host's own files as well, read-only: `sandbox = false`. */
  hostFiles: boolean;
  /** Nix's name of the system that the program is for. */
  system: string;
  /** Refuses setuid modes and extended attributes. */
  filterSyscalls: boolean;
  /** The size of /dev/shm as tmpfs(5) has it (`50%`). */
  sharedMemory: string;
}

/** The user and group inside, as in Nix's sandbox. */
export const JAIL_UID = 1000;
export const JAIL_GID = 100;
/** Where the store is inside. */
export const STORE_FOLDER = '/nix/store';
