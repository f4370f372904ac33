import { Random } from '../random.ts';
import { makeArchives } from './archives.ts';
import { makeDaemon } from './daemon.ts';
import { makeDeb } from './deb.ts';
import { makeDisk } from './disk.ts';
import type { FormatName, Maker } from './format.ts';
import { makeIndex } from './index.ts';
import { makeLock } from './lock.ts';
import { makeNar } from './nar.ts';
import { makeNarInfo } from './narinfo.ts';
import { makeSubstitute } from './substitute.ts';
import { makeTar } from './tar.ts';

const makers: Record<FormatName, Maker> = {
  archives: makeArchives,
  tar: makeTar,
  deb: makeDeb,
  nar: makeNar,
  index: makeIndex,
  lock: makeLock,
  narinfo: makeNarInfo,
  substitute: makeSubstitute,
  daemon: makeDaemon,
  disk: makeDisk,
};

/** The bytes of one case, which depend on the seed and the number alone. */
export async function makeCase(format: FormatName, seed: number, number: number): Promise<Uint8Array> {
  return makers[format](new Random(Math.imul(seed, 0x9e3779b1) + Math.imul(number, 0x85ebca6b)));
}
