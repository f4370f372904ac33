/** Caches in S3, against a server that checks signatures by an implementation of its own. */
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { signedS3Headers } from '../../src/caches/files/s3-signature.ts';
import { cacheFiles, makePath, serve, storePath, testFolder, testSubstituters, type TestServer } from './support.ts';

const id = 'AKIAIOSFODNN7EXAMPLE';
const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

test("Amazon's example of a signed GET", () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, "GET Bucket Lifecycle": no Range is signed there.
  const headers = signedS3Headers(
    { accessKeyId: id, secretAccessKey: secret },
    {
      method: 'GET',
      url: new URL('https://examplebucket.s3.amazonaws.com/?lifecycle'),
      region: 'us-east-1',
      time: Date.UTC(2013, 4, 24) / 1000,
    },
  );
  assert.match(headers.authorization!, /Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543$/);
});

/** As a server computes it, from the request alone. */
function isSigned(request: IncomingMessage, region: string): boolean {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
  const [, key, date, place, names = '', signature] = pattern.exec(request.headers.authorization ?? '') ?? [];
  const { 'x-amz-date': time = '', 'x-amz-content-sha256': body } = request.headers as Record<string, string>;
  if (key !== id || place !== region || !time.startsWith(date!)) return false;
  if (Math.abs(Date.parse(time.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z')) - Date.now()) > 900_000) return false;
  const canonical = ['GET', request.url, ''];
  for (const name of names.split(';')) canonical.push(`${name}:${request.headers[name] as string}`);
  canonical.push('', names, body!);
  const hash = createHash('sha256').update(canonical.join('\n')).digest('hex');
  const text = `AWS4-HMAC-SHA256\n${time}\n${date}/${place}/s3/aws4_request\n${hash}`;
  let signing: Buffer = Buffer.from(`AWS4${secret}`);
  for (const part of [date!, place, 's3', 'aws4_request']) signing = createHmac('sha256', signing).update(part).digest();
  return createHmac('sha256', signing).update(text).digest('hex') === signature;
}

async function bucket(t: TestContext, region: string | undefined): Promise<TestServer> {
  const files = cacheFiles([makePath('app'), makePath('lib', { compression: 'gzip' })]);
  const inBucket = new Map([...files].map(([name, bytes]) => [`bucket/prefix/${name}`, bytes]));
  return serve(t, inBucket, (request, response) => {
    // Without the right to list it, what is missing is forbidden too.
    const known = inBucket.has(request.url!.slice(1)) && (region === undefined || isSigned(request, region));
    if (known) return false;
    response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
    return true;
  });
}

const address = (server: TestServer, rest = ''): string =>
  `s3://bucket/prefix?endpoint=${server.url.slice('http://'.length)}&scheme=http${rest}`;

test('anonymous', async (t) => {
  const server = await bucket(t, undefined);
  const { store, fetch, substituters, signal } = testSubstituters(t, [address(server)]);
  await fetch(storePath('app'));
  assert.ok(store.isValidPath(storePath('app')));
  assert.deepEqual(await substituters.find(storePath('none'), { signal }), []);
  assert.ok(server.requests.every(({ headers }) => headers.authorization === undefined));
});

test('signed with keys of the environment', async (t) => {
  const server = await bucket(t, 'eu-west-1');
  const env = { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret };
  const { store, fetch } = testSubstituters(t, [address(server, '&region=eu-west-1')], {}, { env });
  for (const name of ['app', 'lib']) await fetch(storePath(name));
  assert.deepEqual(store.verify({ contents: true }), []);
  // Another region is another signature.
  const other = testSubstituters(t, [address(server)], {}, { env });
  assert.deepEqual(await other.substituters.find(storePath('app'), { signal: other.signal }), []);
});

test("signed with a profile's keys", async (t) => {
  const server = await bucket(t, 'us-east-1');
  const folder = testFolder(t);
  mkdirSync(join(folder, '.aws'));
  writeFileSync(
    join(folder, '.aws/credentials'),
    `[default]\naws_access_key_id = x\naws_secret_access_key = y\n[work]\naws_access_key_id=${id}\naws_secret_access_key = ${secret}\n`,
  );
  const { fetch, store } = testSubstituters(t, [address(server, '&profile=work')], {}, { folder });
  await fetch(storePath('app'));
  assert.ok(store.isValidPath(storePath('app')));
  const other = testSubstituters(t, [address(server)], {}, { folder });
  assert.deepEqual(await other.substituters.find(storePath('app'), { signal: other.signal }), []);
  const byEnvironment = testSubstituters(t, [address(server)], {}, { folder, env: { AWS_PROFILE: 'work' } });
  assert.equal((await byEnvironment.substituters.find(storePath('app'), { signal: byEnvironment.signal })).length, 1);
});

test('addresses and parameters that are none', async (t) => {
  for (const bad of [
    's3://',
    's3://b/../x y',
    's3://bucket?region=../x',
    's3://bucket?scheme=file&endpoint=x',
    's3://bucket?endpoint=a:b:c',
  ]) {
    const { substituters, signal, warnings } = testSubstituters(t, [bad]);
    assert.deepEqual(await substituters.find(storePath('app'), { signal }), [], bad);
    assert.equal(warnings.length, bad.includes(' ') ? 2 : 1, bad);
  }
});
