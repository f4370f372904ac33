/** A context for running a builder alone: store paths are folders of a scratch store. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BuildContext } from '../../src/builders/builder.ts';

export interface TestContextOptions {
  folder: string;
  attrs: Record<string, unknown>;
  closure?: string[];
  signal?: AbortSignal;
  /** Receives the builder's log lines. */
  log?: string[];
}

export function builderContext({
  folder,
  attrs,
  closure = [],
  signal = new AbortController().signal,
  log = [],
}: TestContextOptions): BuildContext {
  return {
    drvPath: '/nix/store/00000000000000000000000000000000-test.drv',
    attrs,
    outputs: { out: '/nix/store/11111111111111111111111111111111-test' },
    outputFiles: { out: join(folder, 'out') },
    realPath: (logical) => logical.replace('/nix/store', join(folder, 'store')),
    pathInfo: (path) => ({ path, narHash: `sha256-${Buffer.alloc(32).toString('base64')}`, narSize: 1000, references: [] }),
    closure: async () => closure,
    log: (line) => void log.push(line),
    progress: () => {},
    signal,
    offline: true,
    cores: 2,
  };
}

/** Writes files of the scratch store; names are paths below /nix/store. */
export function fillStore(folder: string, files: Record<string, string | Uint8Array>): void {
  for (const [name, contents] of Object.entries(files)) {
    const path = join(folder, 'store', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents);
  }
}
