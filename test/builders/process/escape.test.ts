/** A builder that tries to get out does not: each case is an attempt, and what must have come of it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { processTest, type ProcessOptions } from './support.ts';

interface Attempt {
  name: string;
  /** The builder's script, which writes its findings to $out. */
  script: string;
  /** What $out must hold. */
  expected: string | RegExp;
  attrs?: string;
  options?: ProcessOptions;
}

const attempts: Attempt[] = [
  {
    name: 'files of the host',
    script: 'ls /root /home /usr /var /etc/shadow > /dev/null 2>&1 && echo seen > $out; echo none >> $out',
    expected: 'none\n',
  },
  {
    name: 'the root of the first process',
    script: 'ls /proc/1/root/ | tr "\\n" " " > $out',
    expected: /^bin build dev etc nix proc tmp $/,
  },
  { name: 'processes of the host', script: 'ls /proc | grep -c "^[0-9]" > $out', expected: /^[1-5]\n$/ },
  {
    name: 'writing outside',
    script:
      'for i in / /etc /bin /nix /dev /proc /proc/sys/kernel/core_pattern; do echo x > $i/x 2>/dev/null && echo $i; done > $out || true',
    expected: '',
  },
  {
    name: 'settings of the kernel',
    script: 'echo x > /proc/sys/kernel/domainname && echo written > $out || echo refused > $out',
    expected: 'refused\n',
  },
  {
    name: 'changing an input',
    script:
      'for i in $file $folder $folder/a; do chmod u+w $i && echo mode $i; echo x >> $i && echo written $i; rm -rf $i; mv $i $i-moved; touch $i; done > $out 2>/dev/null || true; cat $file $folder/a >> $out',
    attrs: '{ file = text; folder = sh "folder" "mkdir $out; echo a > $out/a" { }; }',
    expected: 'some text\na\n',
  },
  {
    name: 'a link to an input',
    script:
      'mkdir $out; ln $file $out/file 2>/dev/null || echo no > $out/file; ln $folder/a $out/a 2>/dev/null || echo no > $out/a; cp -r $out /tmp/c; rm -rf $out; cat /tmp/c/* > $out',
    attrs: '{ file = text; folder = sh "folder" "mkdir $out; echo a > $out/a" { }; }',
    expected: /^no\n(?:no|some text)\n$/,
  },
  {
    name: 'setuid and setgid modes',
    script:
      'cp $PATH/busybox /build/b; for m in 4755 2755 6755 u+s g+s; do chmod $m /build/b 2>/dev/null && echo $m; done > $out || true; stat -c %a /build/b >> $out',
    expected: '555\n',
  },
  {
    name: 'devices',
    script: 'mknod /build/d b 8 0 && echo made > $out || echo refused > $out; ls /dev | grep -cE "^(sd|vd|mem|kmsg|loop)" >> $out || true',
    expected: 'refused\n0\n',
  },
  {
    name: 'mounts',
    script:
      'mount -t tmpfs none /tmp 2>/dev/null && echo mounted > $out || echo refused > $out; umount /nix/store 2>/dev/null && echo unmounted >> $out || true',
    expected: 'refused\n',
  },
  {
    name: 'a network',
    script: 'wget -T 2 -q http://1.1.1.1/ 2>/dev/null && echo reached > $out || echo none > $out; ip -o link | wc -l >> $out',
    expected: 'none\n1\n',
  },
  {
    name: 'descriptors of the host',
    script:
      '(exec ls -l /proc/self/fd) > /tmp/list; grep -v " [0-2] -> \\| -> /dev/null$\\| -> /proc/" /tmp/list | grep -o " -> .*" > $out || true',
    expected: '',
  },
  {
    name: 'descriptors of the first process',
    script:
      '(exec ls -l /proc/1/fd) > /tmp/list; grep -v " [0-2] -> \\| -> /dev/null$\\| -> /proc/" /tmp/list | grep -o " -> .*" > $out || true',
    expected: '',
  },
  {
    name: 'root',
    script:
      'cat /proc/self/uid_map | wc -l > $out; grep -c "CapEff:.0000000000000000" /proc/self/status >> $out; grep -c "NoNewPrivs:.1" /proc/self/status >> $out; grep Seccomp: /proc/self/status | tr -d "\\t" >> $out',
    expected: '1\n1\n1\nSeccomp:2\n',
  },
  {
    name: 'the environment of the host',
    script:
      'env | grep -cE "NODE|XDG|HOST_SECRET|SUDO|SSH" > $out || true; tr "\\0" "\\n" < /proc/1/environ | grep -cE "NODE|XDG|HOST_SECRET" >> $out || true',
    expected: '0\n0\n',
  },
];

for (const { name, script, expected, attrs = '{ }', options } of attempts)
  test(`a builder does not get: ${name}`, async (t) => {
    process.env.HOST_SECRET = 'a secret of the host';
    const { build, store } = await processTest(t);
    const { out } = await build(
      `sh "attempt" ${nixString(script.replaceAll('$PATH/', '$bb/bin/'))} ({ inherit bb; } // ${attrs})`,
      options,
    );
    const found = readFileSync(out!, 'utf8');
    if (typeof expected === 'string') assert.equal(found, expected);
    else assert.match(found, expected);
    assert.deepEqual(store.verify({ contents: true }), []);
  });

const nixString = (text: string): string => `''${text.replaceAll("''", "'''").replaceAll('${', "''${")}''`;

test('setuid bits that the filter cannot see are cleared, with every mode', async (t) => {
  const { build } = await processTest(t);
  const { out } = await build(
    `sh "modes" "mkdir -m 0777 $out || true; chmod 755 $out; mkdir -m 01777 $out/d; echo > $out/f; chmod 0677 $out/f" { }`,
  );
  const mode = (path: string): string => (lstatSync(path).mode & 0o7777).toString(8);
  assert.deepEqual([out!, `${out}/d`, `${out}/f`].map(mode), ['555', '555', '444']);
  assert.equal(lstatSync(`${out}/f`).uid, process.getuid!());
});

const refused: [name: string, script: string, code: string, message: RegExp][] = [
  ['a named pipe', 'mkdir $out; mkfifo $out/pipe', 'build/suspicious-output', /named pipe/],
  [
    'a socket',
    'mkdir $out; cd $out; nc -l -p 1 -e true local:./s & sleep 0.2; test -S $out/s || mkfifo $out/s',
    'build/suspicious-output',
    /named pipe|socket/,
  ],
  ['what others may write', 'mkdir $out; chmod 777 $out', 'build/suspicious-output', /written by other users/],
  [
    'folders that no archive may have in each other',
    'mkdir $out; cd $out; for i in $(seq 1100); do mkdir d; cd -P d; done',
    'build/suspicious-output',
    /more than 1024 folders in each other/,
  ],
  [
    'a path that no archive may have',
    'mkdir $out; cd $out; n=$(printf %0200d 0); for i in $(seq 16); do mkdir $n; cd -P $n; done',
    'build/suspicious-output',
    /a path of more than 3072 bytes/,
  ],
  ['nothing', 'true', 'build/missing-output', /failed to produce output path for output 'out'/],
];

for (const [name, script, code, message] of refused)
  test(`an output is not: ${name}`, async (t) => {
    const { build, store } = await processTest(t);
    await assert.rejects(build(`sh "refused" ${nixString(script)} { }`), { code, message });
    assert.deepEqual(readdirSync(join(store.root, 'nix/var/bootflake/tmp')), []);
  });

test('an output that is a link to a file of the host stays a link', async (t) => {
  const { build, store } = await processTest(t);
  const { out } = await build(`sh "link" "ln -s /etc/hostname $out" { }`);
  assert.equal(lstatSync(out!).isSymbolicLink(), true);
  assert.deepEqual(store.verify({ contents: true }), []);
  const { out: folder } = await build(`sh "links" "mkdir $out; ln -s /etc $out/etc; ln -s / $out/root" { }`);
  assert.equal(lstatSync(`${folder}/etc`).isSymbolicLink(), true);
});

test('no process is left behind, nor a file', async (t) => {
  const { build, store } = await processTest(t);
  const mark = `73${process.pid}`;
  await build(`sh "daemon" ''
    (setsid sleep ${mark} &) ; setsid setsid sleep ${mark} > /dev/null 2>&1 < /dev/null &
    for i in $(seq 20); do sleep ${mark} & done
    trap "" TERM INT HUP; echo > $out
  '' { }`);
  assert.equal(running(`sleep ${mark}`), 0);
  assert.deepEqual(readdirSync(join(store.root, 'nix/var/bootflake/tmp')), []);
  assert.equal(execFileSync('cat', ['/proc/mounts'], { encoding: 'utf8' }).includes(store.root), false);
});

test('folders that cannot be removed by their paths, or entered, are removed', async (t) => {
  const { build, store } = await processTest(t);
  await build(`sh "pit" ''
    cd /build; mkdir -p a${`/${'d'.repeat(100)}`.repeat(35)} b${`/${'d'.repeat(100)}`.repeat(35)}
    mv a b${`/${'d'.repeat(100)}`.repeat(35)}/
    mkdir /build/closed; echo > /build/closed/f; chmod 0 /build/closed; echo > $out
  '' { }`);
  assert.deepEqual(readdirSync(join(store.root, 'nix/var/bootflake/tmp')), []);
});

test('an abstract socket and a service of the loopback of the host are out of reach', async (t) => {
  const server = createServer((socket) => socket.end('of the host'));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const { build } = await processTest(t);
  for (const fixed of ['{ }', '{ outputHashAlgo = "sha256"; outputHash = builtins.hashString "sha256" "none"; }']) {
    const { out } = await build(
      `sh "attempt-${port}" "nc -w 2 127.0.0.1 ${port} < /dev/null > /tmp/x 2>/dev/null || true; test -s /tmp/x && printf reached > $out || printf none > $out" ${fixed}`,
    );
    assert.equal(readFileSync(out!, 'utf8'), 'none');
  }
});

test('another store path than the inputs is not there', async (t) => {
  const { build } = await processTest(t);
  const { out: secret } = await build('sh "secret" "echo secret > $out" { }');
  const { out } = await build(`sh "thief" "cat /nix/store/*-secret > $out 2>/dev/null || ls /nix/store | grep -v tools > $out" { }`);
  assert.ok(existsSync(secret!));
  assert.equal(readFileSync(out!, 'utf8'), '' + readFileSync(out!, 'utf8').replace(/.*secret.*/g, ''));
});

test('a store below a folder that only its owner enters is no hindrance', async (t) => {
  const { build, folder, store } = await processTest(t);
  chmodSync(folder, 0o700);
  mkdirSync(join(folder, 'own'));
  writeFileSync(join(folder, 'own/x'), 'x');
  const { out } = await build('sh "private" "ls $bb/bin/sh > $out; cat $text >> $out" { inherit text bb; }');
  assert.match(readFileSync(out!, 'utf8'), /some text/);
  assert.deepEqual(store.verify({ contents: true }), []);
});

function running(command: string): number {
  const list = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
  return list.split('\n').filter((line) => line.trim().endsWith(command)).length;
}
