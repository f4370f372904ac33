/** Unpacks one .deb to a store path's files. Runs in the unpack worker. */
import { createHash } from 'node:crypto';
import { BootflakeError } from '../../base/errors.ts';
import { parseDeb } from '../../debian/deb.ts';
import { packageFiles } from '../../debian/generated/package-files.ts';
import { pathFilter } from '../../debian/path-filter.ts';
import type { NarDigest } from '../../nix-format/nar-writer.ts';
import { directory, file } from '../../tree/file-tree.ts';
import { writeHashedTree } from './write-hashed-tree.ts';

export interface UnpackJob {
  /** The .deb; its memory is transferred to the worker. */
  bytes: Uint8Array;
  /** In base 16. */
  sha256: string;
  /** The source of the bytes, for messages. */
  url: string;
  name: string;
  version: string;
  /** Patterns, see debian/path-filter.ts. */
  exclude: string[];
  /** Where to write; must not exist. */
  target: string;
}

/** Verifies first, then unpacks. Throws `debian/hash-mismatch` and the codes of debian/deb.ts. */
export function unpackPackage(job: UnpackJob): NarDigest {
  const found = createHash('sha256').update(job.bytes).digest('hex');
  if (found !== job.sha256) {
    throw new BootflakeError({
      code: 'debian/hash-mismatch',
      message: `${job.url} is not the package that the archive's index names: its sha256 is ${found}, but should be ${job.sha256}`,
      hint: 'Choose another mirror with --mirror URL or BOOTFLAKE_MIRROR: this one is broken, or the connection is tampered with.',
    });
  }
  const what = `${job.name} ${job.version}`;
  const { root, facts } = parseDeb(job.bytes, what, pathFilter(job.exclude));
  if (facts.name !== job.name || facts.version !== job.version) {
    throw new BootflakeError({
      code: 'debian/bad-deb',
      message: `${job.url} contains ${facts.name} ${facts.version}, but should contain ${what}`,
    });
  }
  const support = directory([['debian.json', file(`${JSON.stringify(facts)}\n`)]]);
  const generated = packageFiles(root, facts);
  if (generated) support.entries.set('generated', generated);
  root.entries.set('nix-support', support);
  return writeHashedTree(job.target, root);
}
