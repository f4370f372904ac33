import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { removeTree } from '../../src/store/physical-tree.ts';

/** An empty folder, removed when the test ends; without a test, when all tests of the file have ended. */
export function scratchFolder(t: { after(hook: () => void): void } = { after }): string {
  const folder = mkdtempSync(join(tmpdir(), 'bootflake-test-'));
  t.after(() => removeTree(folder));
  return folder;
}
