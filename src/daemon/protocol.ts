/** The numbers of Nix's worker protocol (libstore/worker-protocol.hh). */

export const CLIENT_MAGIC = 0x6e697863;
export const DAEMON_MAGIC = 0x6478696f;

/** Versions are `major << 8 | minor`. The newest that is spoken here; that of Nix 2.4 is the oldest. */
export const NEWEST = 0x126;
export const OLDEST = 0x120;

/** From these versions on: the daemon says its own version; whether it trusts us; results of builds; a build's CPU time; features. */
export const since = { daemonVersion: 0x121, buildResults: 0x122, trust: 0x123, cpuTime: 0x125, features: 0x126 };

export const operation = {
  addTempRoot: 11,
  setOptions: 19,
  queryPathInfo: 26,
  queryValidPaths: 31,
  buildDerivation: 36,
  narFromPath: 38,
  addMultipleToStore: 44,
  buildPaths: 9,
  buildPathsWithResults: 46,
} as const;

/** What a daemon says while it works, before its answer. */
export const said = {
  next: 0x6f6c6d67,
  read: 0x64617461,
  write: 0x64617416,
  last: 0x616c7473,
  error: 0x63787470,
  startActivity: 0x53545254,
  stopActivity: 0x53544f50,
  result: 0x52534c54,
} as const;

/** Kinds of a `result` whose field is a line of a builder's log (libutil/logging.hh). */
export const LOG_LINES: ReadonlySet<number> = new Set([101, 107]);
