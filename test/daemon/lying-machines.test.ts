/** Machines that build and lie about what they made. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realise } from '../../src/realise/realise.ts';
import { file } from '../../src/tree/file-tree.ts';
import { narOf, storePath } from '../caches/support.ts';
import { testStore, writeDerivation } from '../store/support.ts';
import { FAR, machine, withMachines } from './machines.ts';
import { errorMessage, logLine, Op, str, u64, unkeyedInfo, type TestDaemonOptions } from './test-daemon.ts';

/** Each lies about the output; nothing of it may become valid. */
const lies: Record<string, { options: (out: string) => TestDaemonOptions; code: string; settings?: Record<string, string> }> = {
  'another hash': {
    code: 'daemon/hash-mismatch',
    options: (out) => ({
      answer: answering(
        Op.QueryPathInfo,
        () => Buffer.concat([u64(0x616c7473), u64(1), unkeyedInfo({ nar: narOf(file('MADE OF \n')) })]),
        out,
      ),
    }),
  },
  'no output': {
    code: 'build/remote-failed',
    options: (out) => ({ answer: answering(Op.QueryPathInfo, () => Buffer.concat([u64(0x616c7473), u64(0)]), out) }),
  },
  'an archive that is none': {
    code: 'daemon/bad-archive',
    options: (out) => ({ answer: answering(Op.NarFromPath, () => Buffer.concat([u64(0x616c7473), Buffer.alloc(1000, 'x')]), out) }),
  },
  'a file outside': {
    code: 'daemon/bad-archive',
    options: (out) => ({
      answer: answering(
        Op.NarFromPath,
        () =>
          Buffer.concat([
            u64(0x616c7473),
            str('nix-archive-1'),
            ...['(', 'type', 'directory', 'entry', '(', 'name', '../escape', 'node'].map(str),
            Buffer.alloc(500),
          ]),
        out,
      ),
    }),
  },
  'a build refused': {
    code: 'build/remote-failed',
    options: () => ({
      async answer(op, client, socket) {
        if (op !== Op.BuildDerivation) return false;
        socket.write(errorMessage('you are not privileged to build input-addressed derivations'));
        await client.bytes(1 << 20);
        return true;
      },
    }),
  },
  'an end in the middle of a build': { code: 'daemon/closed', options: () => ({ build: (_, socket) => void socket.destroy() }) },
  'a status that is not known': {
    code: 'daemon/protocol',
    options: () => ({ build: (_, socket) => void socket.write(Buffer.concat([u64(0x616c7473), u64(1 << 20)])) }),
  },
  silence: {
    code: 'build/silent',
    settings: { 'max-silent-time': '1' },
    options: () => ({ answer: (op) => (op === Op.BuildDerivation ? new Promise(() => {}) : false) }),
  },
  'a log without an end': {
    code: 'build/log-too-long',
    settings: { 'max-build-log-size': '100000' },
    options: () => ({
      answer(op, _, socket) {
        if (op !== Op.BuildDerivation) return false;
        const line = logLine('x'.repeat(1000));
        const more = (): void => void (socket.destroyed || (socket.write(line) ? setImmediate(more) : socket.once('drain', more)));
        more();
        return new Promise(() => {});
      },
    }),
  },
};

function answering(wanted: number, bytes: () => Buffer, path: string): TestDaemonOptions['answer'] {
  return async (op, client, socket) => {
    if (op !== wanted) return false;
    const asked = await client.str();
    socket.write(asked === path ? bytes() : Buffer.concat([u64(0x616c7473), u64(0)]));
    return true;
  };
}

for (const [name, { options, code, settings }] of Object.entries(lies))
  test(`a machine with ${name} gets nothing into the store`, async (t) => {
    const store = testStore(t);
    const { drvPath, out } = writeDerivation(store, 'lied', '/bin/sh', {}, { system: FAR });
    const far = await machine(t, options(out));
    await assert.rejects(realise(store, [drvPath], withMachines(`${far.uri} ${FAR}`, settings).options), { code });
    assert.equal(store.isValidPath(out), false);
    assert.deepEqual(store.verify({ contents: true }), []);
  });

test('a reference that the machine invents is not taken over', async (t) => {
  const store = testStore(t);
  const { drvPath, out } = writeDerivation(store, 'invented', '/bin/sh', {}, { system: FAR });
  const far = await machine(t, {
    build: () => void far.paths.set(out, { nar: narOf(file('plain')), references: [storePath('invented')] }),
  });
  await realise(store, [drvPath], withMachines(`${far.uri} ${FAR}`).options);
  assert.deepEqual(store.queryPathInfo(out)!.references, []);
});

test('a fixed output is compared with its hash', async (t) => {
  const store = testStore(t);
  const sha256 = '0'.repeat(64);
  const { drvPath } = writeDerivation(store, 'fixed', '/bin/sh', {}, { system: FAR, sha256 });
  const far = await machine(t);
  await assert.rejects(realise(store, [drvPath], withMachines(`${far.uri} ${FAR}`).options), { code: 'store/hash-mismatch' });
});
