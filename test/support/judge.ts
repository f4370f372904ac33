import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import type { TestContext } from 'node:test';

const places = ['/usr/bin', '/usr/sbin', '/bin', '/sbin'];

/**
 * Runs a program that checks our bytes (e2fsck, sgdisk, ...) and returns its output; a status other than 0 fails the test. The program is
 * the machine's own, or else that of Debian's package, run from our store. If there is neither, the test ends here: scripts/test.mjs
 * reports what is thrown after `t.skip` as a skip, never as passed or failed.
 */
export async function judge(t: TestContext, program: string, args: string[]): Promise<string> {
  const { status, output } = judgeStatus(t, program, args);
  assert.equal(status, 0, `${program} ${args.join(' ')}\n${output}`);
  return output;
}

/** As `judge`, for a program whose other statuses mean something too. */
export function judgeStatus(t: TestContext, program: string, args: string[]): { status: number | null; output: string } {
  const path = places.map((place) => `${place}/${program}`).find((candidate) => existsSync(candidate));
  const [command, ...before] = path ? [path] : fromPackages(program);
  if (!command) {
    const reason = `${program} is not on this machine, nor could Debian's package of it be fetched`;
    t.skip(reason);
    throw new Error(reason);
  }
  // Names of files are UTF-8, whatever the locale of the tests is.
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  const { status, stdout, stderr } = spawnSync(command, [...before, ...args], { encoding: 'utf8', maxBuffer: 64 << 20, env });
  return { status, output: stdout + stderr };
}

let tree: string | undefined;

/** The program in the distribution's tree of judges, started with that tree's dynamic loader; undefined if the tree lacks it. */
function fromPackages(program: string): string[] {
  tree ??= judgesTree();
  const found = ['usr/bin', 'usr/sbin'].map((folder) => `${tree}/${folder}/${program}`).find((candidate) => tree && existsSync(candidate));
  if (!found) return [];
  const libraries = `${tree}/usr/lib/x86_64-linux-gnu`;
  const folders = [
    libraries,
    ...readdirSync(libraries)
      .map((name) => `${libraries}/${name}`)
      .filter((folder) => statSync(folder, { throwIfNoEntry: false })?.isDirectory()),
  ];
  return [`${libraries}/ld-linux-x86-64.so.2`, '--library-path', folders.join(':'), found];
}

function judgesTree(): string {
  const built = spawnSync(
    process.execPath,
    ['dist/bootflake.js', 'build', 'debian/trixie#toolTrees.x86_64-linux.judges', '--no-link', '--json'],
    { encoding: 'utf8', timeout: 180_000 },
  );
  if (built.status !== 0) return '';
  const [{ outputs }] = JSON.parse(built.stdout) as [{ outputs: { out: string } }];
  return `${process.env.BOOTFLAKE_ROOT ?? `${process.env.XDG_DATA_HOME ?? `${process.env.HOME}/.local/share`}/bootflake`}${outputs.out}`;
}
