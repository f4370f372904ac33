import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { TestContext } from 'node:test';

const places = ['/usr/bin', '/usr/sbin', '/bin', '/sbin'];

/**
 * Runs a program that judges our bytes (e2fsck, sgdisk, ...) and answers what it printed; a status other than 0 fails the
 * test. Where the program is missing the test is skipped and says so, never passed.
 */
export async function judge(t: TestContext, program: string, args: string[]): Promise<string> {
  const path = places.map((place) => `${place}/${program}`).find((candidate) => existsSync(candidate));
  if (!path) {
    t.skip(`${program} is not on this machine`);
    return '';
  }
  const result = spawnSync(path, args, { encoding: 'utf8', maxBuffer: 64 << 20 });
  assert.equal(result.status, 0, `${program} ${args.join(' ')}\n${result.stdout}${result.stderr}`);
  return result.stdout + result.stderr;
}
