/** Readers with one bug each, which the fuzzer must find. */
import { mkdirSync, writeFileSync } from 'node:fs';
import type { FormatName, Reader } from '../../scripts/fuzz/formats/format.ts';
import { BootflakeError } from '../../src/base/errors.ts';

const kept: Uint8Array[] = [];

/** Trusts a length. */
const crashes: Reader = (bytes) => {
  const index = bytes.indexOf(0x7a);
  if (index >= 0) (undefined as unknown as string[])[index]!.trim();
};

const hangs: Reader = (bytes) => {
  while (bytes.length > 100);
};

const grows: Reader = (bytes) => {
  for (let i = 0; i < Math.min(bytes.length, 600); i++) kept.push(new Uint8Array(1 << 20).fill(1));
};

const writesBeside: Reader = (bytes, folder) => {
  mkdirSync(folder);
  writeFileSync(`${folder}/../escape`, bytes);
};

const fills: Reader = (bytes) => {
  throw new BootflakeError({ code: 'fuzz/long', message: bytes.toString().repeat(100).slice(0, 30_000).padEnd(30_000) });
};

const dies: Reader = () => process.exit(3);

export const readers: Record<FormatName, Reader> = {
  tar: crashes,
  nar: hangs,
  archives: grows,
  deb: writesBeside,
  lock: fills,
  index: dies,
  narinfo: dies,
  substitute: dies,
  daemon: dies,
  disk: dies,
};
