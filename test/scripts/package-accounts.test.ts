/** Accounts and folders from maintainer scripts, which are read as data. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { factsOf, type PackageFacts } from '../../scripts/package-accounts/facts.ts';
import { thorough } from '../support/thorough.ts';

const cases: Record<string, [script: string, facts: Partial<PackageFacts>]> = {
  'options of adduser, over several lines': [
    `if ! getent passwd mq >/dev/null; then
       adduser --quiet --system --no-create-home --ingroup mq \\
         --home /var/lib/mq --gecos "Message broker" mq 2>&1 || true
     fi
     adduser --quiet mq ssl-cert`,
    { users: { mq: { group: 'mq', home: '/var/lib/mq', description: 'Message broker', groups: ['ssl-cert'] } }, groups: ['mq'] },
  ],
  'a home that is made': [
    'adduser --system --group --home /var/lib/x x',
    { users: { x: { group: 'x', home: '/var/lib/x' } }, groups: ['x'], folders: ['d /var/lib/x 0755 x x'] },
  ],
  'useradd, groupadd, usermod': [
    'groupadd -r w\nuseradd -r -g w -d /var/w -s /bin/false -c "W daemon" w\nusermod -a -G video,audio w; gpasswd -a w render',
    {
      users: { w: { group: 'w', home: '/var/w', shell: '/bin/false', description: 'W daemon', groups: ['audio', 'render', 'video'] } },
      groups: ['w'],
    },
  ],
  'a group alone': ['addgroup --system docker', { groups: ['docker'] }],
  'variables, functions and loops': [
    `USER="redis"
setup () {
  DIR="\${1}"
  mkdir -p \${DIR}
  if ! dpkg-statoverride --list \${DIR} >/dev/null; then chown \${USER}:\${3} \${DIR} && chmod \${2} \${DIR}; fi
}
setup /var/log/redis 2750 adm
for d in lib cache; do install -d -oredis -g "$USER" -m 0700 "/var/$d/redis"; done`,
    { folders: ['d /var/cache/redis 0700 redis redis', 'd /var/lib/redis 0700 redis redis', 'd /var/log/redis 2750 redis adm'] },
  ],
  'a folder of the package': ['chown -R a:b /var/lib/a; chmod u=rwx,g=rx,o= /var/lib/a', { folders: ['z /var/lib/a 0750 a b'] }],
  'what is below a folder that is given away as a whole': [
    'mkdir /var/lib/a/made; chown -R a:b /var/lib/a/; chmod 0750 /var/lib/a/own; mkdir -m 0700 /var/lib/a/later; chown a /var/lib/c; chmod 0700 /var/lib/c/d',
    {
      folders: [
        'd /var/lib/a/later 0700 - -',
        'd /var/lib/a/made - a b',
        'z /var/lib/a - a b',
        'z /var/lib/a/own 0750 a b',
        'z /var/lib/c - a -',
        'z /var/lib/c/d 0700 - -',
      ],
    },
  ],
  'a user and their own group': [
    'adduser --system --home /var/lib/a a; chown a: /var/lib/a; adduser --system --group --shell /bin/sh b; chown b: /var/lib/b; chown c: /var/lib/c',
    {
      users: { a: { home: '/var/lib/a' }, b: { group: 'b', shell: '/bin/sh' } },
      groups: ['b'],
      folders: ['d /var/lib/a 0755 a nogroup', 'z /var/lib/b - b b', 'z /var/lib/c - c c'],
    },
  ],
  'what is not known is left out': ['chown "$(id -un)" /var/a; chown x:y "$dir"; mkdir `pwd`/a; adduser --system "$NAME"', {}],
  'files, and what is of no machine': [
    'touch /var/log/x; chown a /var/log/x /var/log/y.log; mkdir -p /run/x /var/run/y /var/lib/dpkg/z /etc/w /var/lib/../x',
    {},
  ],
};

for (const [title, [script, facts]] of Object.entries(cases)) {
  test(title, () => assert.deepEqual(factsOf(script), { users: {}, groups: [], folders: [], ...facts }));
}

test("a package's list for systemd-sysusers", () => {
  const facts = factsOf('', ['# comment\nu v 200:web "Cache, of pages" /var/v -\ng w -\nm v w\nr - 500-600\n']);
  assert.deepEqual(facts.users, { v: { group: 'web', description: 'Cache, of pages', home: '/var/v', groups: ['w'] } });
  assert.deepEqual(facts.groups, ['w', 'web']);
});

const table = JSON.parse(readFileSync('distro/pkgs/package-accounts.json', 'utf8')) as Record<string, Partial<PackageFacts>>;

test('the table has no more than accounts and folders', () => {
  for (const [name, { users = {}, groups = [], folders = [] }] of Object.entries(table)) {
    for (const account of [...Object.keys(users), ...groups]) assert.match(account, /^[a-zA-Z_][\w-]*$/, name);
    for (const { home = '/', shell = '/' } of Object.values(users)) assert.match(`${home} ${shell}`, /^\/[\w./@+-]* \/[\w./-]*$/, name);
    for (const user of Object.values(users)) assert.doesNotMatch(user.description ?? '', /[:\n]/, name);
    for (const line of folders)
      assert.match(line, /^[dz] \/(?:var|srv)(?:\/[\w.@+-]+)+ (?:[0-7]{4}|-)(?: (?:[a-zA-Z_][\w-]*|-)){2}$/, name);
  }
});

test("the table is what the archive's packages say", { skip: !thorough && 'npm run test:all' }, () => {
  const sample = ['mosquitto', 'postgresql-common', 'prometheus-node-exporter', 'redis-tools', 'varnish'];
  const script = ['--import', 'tsx', 'scripts/package-accounts/main.ts', 'trixie', '--only', ...sample];
  const { stdout, stderr } = spawnSync(process.execPath, script, { encoding: 'utf8' });
  assert.equal(stderr, '');
  assert.deepEqual(JSON.parse(stdout), Object.fromEntries(sample.map((name) => [name, table[name]])));
});
