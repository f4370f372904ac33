/** A machine ends with the process that runs it, however that one ends. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';

/** Starts a machine of a qemu that does nothing, and prints its process number. */
const program = `
  import { Machine } from '${resolve('src/vm/machine.ts')}';
  const qemu = { command: ['sh', '-c', 'exec sleep 600'], environment: {} };
  const hardware = { memory: '1M', accelerator: 'tcg', processors: 1 };
  const description = { name: 'm', ...hardware, disks: [], networks: [], firmware: { kind: 'bios' }, extra: [] };
  process.stdout.write(String(Machine.start(qemu, description).pid));
`;

const isLinux = existsSync('/proc/self/stat');

for (const signal of ['SIGKILL', 'SIGTERM'] as const)
  test(`qemu ends when the process that runs it gets ${signal}`, { skip: !isLinux }, async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [text] = (await once(child.stdout, 'data')) as [Buffer];
    const place = `/proc/${Number(text)}`;
    assert.ok(existsSync(place));
    child.kill(signal);
    for (let i = 0; i < 500 && existsSync(place); i++) await new Promise((done) => setTimeout(done, 10));
    assert.equal(existsSync(place), false);
  });
