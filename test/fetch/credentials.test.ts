/** Tokens, names and passwords are sent only to the server that they are for, and are in no message. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BootflakeError } from '../../src/base/errors.ts';
import { hidePasswords } from '../../src/base/hide-passwords.ts';
import type { ProgressEvent } from '../../src/base/progress.ts';
import { downloadToFile } from '../../src/fetch/download-service.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { Forge, redirect } from './forge.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { fails } from '../support/fails.ts';

const basic = (who: string): string => `Basic ${Buffer.from(who).toString('base64')}`;

/** Redirects from the first address to the following ones: the Authorization sent to each, and the token's header. */
const ways: {
  what: string;
  addresses: string[];
  netrc?: string;
  token?: boolean;
  sent: (string | undefined)[];
  tokens?: (string | undefined)[];
}[] = [
  { what: 'to plain HTTP', addresses: ['https://a.example.test/1', 'http://a.example.test/2'], sent: [basic('a:pa'), undefined] },
  { what: 'to another port', addresses: ['https://a.example.test/1', 'https://a.example.test:8443/2'], sent: [basic('a:pa'), undefined] },
  { what: 'from another port', addresses: ['https://a.example.test:8443/1', 'https://a.example.test/2'], sent: [basic('a:pa'), undefined] },
  { what: 'to the same server', addresses: ['https://a.example.test/1', 'https://a.example.test/2'], sent: [basic('a:pa'), basic('a:pa')] },
  {
    what: 'to a host with an entry of its own',
    addresses: ['https://a.example.test/1', 'https://b.example.test/2'],
    sent: [basic('a:pa'), basic('b:pb')],
  },
  {
    what: 'to a host with an entry of its own, in plain HTTP',
    addresses: ['https://a.example.test/1', 'http://b.example.test/2'],
    sent: [basic('a:pa'), undefined],
  },
  {
    what: 'to another port of a host with an entry',
    addresses: ['https://a.example.test/1', 'https://b.example.test:444/2'],
    sent: [basic('a:pa'), undefined],
  },
  { what: 'to an unknown host', addresses: ['https://a.example.test/1', 'https://c.example.test/2'], sent: [basic('a:pa'), undefined] },
  {
    what: 'to an unknown host, with a default entry',
    netrc: 'default login all password pd',
    addresses: ['https://c.example.test/1', 'https://d.example.test/2', 'https://c.example.test/3'],
    sent: [basic('all:pd'), undefined, basic('all:pd')],
  },
  {
    what: 'from plain HTTP to TLS',
    addresses: ['http://a.example.test/1', 'https://a.example.test/2'],
    sent: [basic('a:pa'), basic('a:pa')],
  },
  {
    what: 'away and back',
    addresses: ['https://a.example.test/1', 'https://c.example.test/2', 'https://a.example.test/3'],
    sent: [basic('a:pa'), undefined, basic('a:pa')],
  },
  {
    what: 'a name in the address',
    addresses: ['https://me:own@a.example.test/1', 'https://a.example.test/2', 'https://c.example.test/3'],
    sent: [basic('me:own'), basic('me:own'), undefined],
  },
  {
    what: 'a token',
    token: true,
    addresses: [
      'https://a.example.test/1',
      'https://a.example.test/2',
      'https://a.example.test:8443/3',
      'http://a.example.test/4',
      'https://b.example.test/5',
    ],
    sent: [basic('a:pa'), basic('a:pa'), undefined, undefined, basic('b:pb')],
    tokens: ['secret', 'secret', undefined, undefined, undefined],
  },
  {
    what: 'a token beside a default entry',
    token: true,
    netrc: 'default login x password y',
    addresses: ['https://a.example.test/1', 'https://c.example.test/2'],
    sent: [basic('x:y'), undefined],
    tokens: ['secret', undefined],
  },
];

test("does not send a server's credentials to where it redirects", async (t) => {
  const forge = await Forge.open(t);
  const folder = scratchFolder(t);
  for (const [index, { what, addresses, netrc, token, sent, tokens }] of ways.entries()) {
    const netrcFile = join(folder, 'netrc');
    writeFileSync(netrcFile, netrc ?? 'machine a.example.test login a password pa\nmachine b.example.test login b password pb\n');
    // A separate path for each row.
    const places = addresses.map((address) => new URL(address)).map((url) => Object.assign(url, { pathname: `/${index}${url.pathname}` }));
    for (const [i, place] of places.entries()) {
      const key = `${place.host}${place.pathname}`;
      const next = places[i + 1];
      if (next) forge.on(key, redirect(next.href));
      else forge.file(key, 'here');
    }
    forge.asked.length = 0;
    await downloadToFile(
      { url: places[0]!.href, file: join(folder, 'file'), secretHeaders: token ? { 'private-token': 'secret' } : {} },
      { netrcFiles: [netrcFile] },
      new AbortController().signal,
      () => {},
    );
    assert.deepEqual(
      forge.asked.map(({ headers }) => headers.authorization),
      sent,
      what,
    );
    assert.deepEqual(
      forge.asked.map(({ headers }) => headers['private-token']),
      tokens ?? sent.map(() => undefined),
      what,
    );
    // A user name in a URL is not part of the request to a proxy either.
    assert.deepEqual(
      forge.asked.filter(({ url }) => /me|own@/.test(url)),
      [],
      what,
    );
  }
});

test('no message contains a password or a token', async (t) => {
  const forge = await Forge.open(t);
  const folder = scratchFolder(t);
  forge.on('a.example.test/x?private_token=hush&y=1', redirect('https://other:hush@b.example.test/y'));
  const events: ProgressEvent[] = [];
  const failed = await fails(
    downloadToFile(
      { url: 'https://me:hush@a.example.test/x?private_token=hush&y=1', file: join(folder, 'file'), secretHeaders: {} },
      { netrcFiles: [] },
      new AbortController().signal,
      (event) => events.push(event),
    ),
  );
  assert.match(failed.message, /cannot download https:\/\/me:\*\*\*@a\.example\.test\/x\?private_token=\*\*\*&y=1: /);
  assert.deepEqual(
    events.flatMap((event) => (event.type === 'start' ? [event.activity] : [])).filter((text) => text.includes('hush')),
    [],
  );

  assert.equal(hidePasswords('git+ssh://me:p@h/x and https://:p@h'), 'git+ssh://me:***@h/x and https://:***@h');
  assert.equal(
    hidePasswords("'https://h/x?access_token=abc&X-Amz-Signature=1&ref=main'"),
    "'https://h/x?access_token=***&X-Amz-Signature=***&ref=main'",
  );
  for (const plain of ['https://h:80/x@y', 'https://me@h/x', 'no address: me:p@h', 'https://h/?q=a:b@c', 'path:/a:b@c'])
    assert.equal(hidePasswords(plain), plain);
  const error = new BootflakeError({ code: 'x/y', message: 'at https://u:p@h', hint: 'See https://u:p@h' });
  assert.equal(`${error.message} ${error.hint}`, 'at https://u:***@h See https://u:***@h');
});

test('refuses a token that cannot be in a header when reading the settings', () => {
  assert.throws(() => readSettings({ nixSettings: { 'access-tokens': 'github.com=töken' } }, { HOME: '/nonexistent' }), {
    code: 'flake/bad-settings',
    message: /the token for 'github\.com' in access-tokens has a character/,
  });
});
