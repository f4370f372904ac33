/** examples/own-software: programs in C, JavaScript and Python, each with its unit, are built and answer in a booted machine. */
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { workplace } from '../support/bootflake.ts';

const place = workplace('own-software', { keep: process.env.BOOTFLAKE_TEST_PLACE });
after(() => place.remove());

const flake = join(place.folder, 'own-software');
cpSync('examples/own-software', flake, { recursive: true });

/** What is asked in the machine, and the answers. */
const questions: [string, RegExp][] = [
  ['exec 3<>/dev/tcp/127.0.0.1/8001; echo 123456789 >&3; head -1 <&3', /^cbf43926 {2}9 bytes, zlib 1\.[\d.]+$/],
  [
    'curl -s --retry 90 --retry-connrefused --retry-delay 1 http://127.0.0.1:8002',
    /^\{"weekday":"\w+day","time":"2[^"]+","node":"v20\.[\d.]+"\}$/,
  ],
  ['curl -s --retry 90 --retry-connrefused --retry-delay 1 -d "buy milk" http://127.0.0.1:8003/notes', /^noted$/],
  ['curl -s http://127.0.0.1:8003/notes', /^buy milk$/],
  ['sudo cat /var/lib/private/notes/notes.txt', /^buy milk$/],
  ['systemctl is-active checksum.socket weekday notes | xargs', /^active active active$/],
  ['systemctl --failed --no-legend | wc -l', /^0$/],
  ['for name in gcc make npm pip3; do command -v $name; done; echo none', /^none$/],
];

test('each of the services answers in the booted machine, which has no compiler', async () => {
  const asked = [
    ...questions.map(([command], index) => `echo "@answer ${index} $(${command})"`),
    'sudo journalctl --no-pager -o cat -u weekday -u notes -u "checksum@*"',
  ].join('\n');
  const booted = await place.bootflake(['run', `path:${flake}#build-qcow2`, '--exec', asked], { timeoutSeconds: 900 });
  console.log(`# ${booted.seconds.toFixed(0)} s to build, boot, ask and power off`);
  assert.equal(booted.status, 0, booted.stderr + booted.stdout);
  const answers = [...booted.stdout.matchAll(/^@answer \d+ ?(.*?)\r?$/gm)].map((found) => found[1]!);
  assert.equal(answers.length, questions.length, booted.stdout);
  for (const [index, [command, answer]] of questions.entries()) assert.match(answers[index]!, answer, `${command}\n${booted.stdout}`);
});

test('the closure of each program has the libraries and interpreters that it runs with, and nothing of its build', async () => {
  const closure = async (name: string): Promise<string[]> => {
    const { status, stdout, stderr } = await place.bootflake(['path-info', '-r', `path:${flake}#${name}`]);
    assert.equal(status, 0, stderr);
    return stdout
      .trim()
      .split('\n')
      .map((path) => path.replace(/^.*\/[0-9a-z]{32}-/, '').replace(/_.*/, ''));
  };
  const ofBuilds = /^(?:gcc|g\+\+|cpp|binutils|make|libc6-dev|npm|node-gyp|python3-(?:build|installer|setuptools|pip)|.*-dev)(?:-\d+)?$/;
  for (const [name, needed] of Object.entries({
    checksum: ['libc6', 'zlib1g'],
    weekday: ['libc6', 'libnode115', 'nodejs'],
    notes: ['libc6', 'python3', 'python3-bottle', 'python3.13-minimal'],
  })) {
    const names = await closure(name);
    for (const one of needed) assert.ok(names.includes(one), `${name} needs ${one}, but has ${names.join(' ')}`);
    assert.deepEqual(
      names.filter((one) => ofBuilds.test(one)),
      [],
      name,
    );
  }
});
