/** Sources of builds: fetchurl and fetchzip with what they run, substituteAll, override and overrideAttrs. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { narHash } from '../../src/nix-format/nar-writer.ts';
import { directory, file, type FileNode } from '../../src/tree/file-tree.ts';
import { workplace } from '../support/bootflake.ts';

const place = workplace('stdenv-sources', { keep: process.env.BOOTFLAKE_TEST_PLACE });
after(() => place.remove());

const hashOf = (node: FileNode): string => `sha256-${Buffer.from(narHash(node).sha256).toString('base64')}`;
const text = (contents: string) => file(contents, 0o444);

test('what is fetched may be changed, unpacked and made executable; packages are overridden', async (t) => {
  const parts = join(place.folder, 'parts/one');
  mkdirSync(parts, { recursive: true });
  for (const name of ['a', 'b']) writeFileSync(join(parts, name), `${name}\n`);
  const archive = (...words: string[]) => execFileSync('tar', ['-cz', ...words]);
  const served: Record<string, string | Buffer> = {
    '/greeting': 'hello\n',
    '/script': '#!/bin/sh\necho ran\n',
    '/two.tar.gz': archive('-C', parts, 'a', 'b'),
    '/one.tar.gz': archive('-C', join(parts, '..'), 'one'),
  };
  const server = createServer((request, response) => {
    const answer = served[request.url ?? ''];
    response.writeHead(answer ? 200 : 404).end(answer);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const both = directory([
    ['a', text('a\n')],
    ['b', text('b\n')],
  ]);
  const flake = join(place.folder, 'sources');
  mkdirSync(flake, { recursive: true });
  writeFileSync(join(flake, 'template'), '@name@ says @greeting@ to @WHOM@\n');
  writeFileSync(
    join(flake, 'flake.nix'),
    `{
  inputs.nixpkgs.url = "debian/trixie";
  outputs = { nixpkgs, ... }:
    let
      pkgs = nixpkgs.legacyPackages.x86_64-linux;
      inherit (pkgs) fetchurl fetchzip runCommand;
      changed = fetchurl {
        urls = [ "${url}/missing" "${url}/greeting" ];
        name = "changed";
        postFetch = "sed -i s/hello/changed/ $out";
        sha256 = builtins.hashString "sha256" "changed\\n";
      };
      folder = fetchurl {
        url = "${url}/greeting";
        downloadToTemp = true;
        recursiveHash = true;
        postFetch = "mkdir $out; cp $downloadedFile $out/copy";
        hash = "${hashOf(directory([['copy', text('hello\n')]]))}";
      };
      script = fetchurl { url = "${url}/script"; executable = true; hash = "${hashOf(file(served['/script']!, 0o555))}"; };
      two = fetchzip { url = "${url}/two.tar.gz"; stripRoot = false; hash = "${hashOf(both)}"; };
      one = fetchzip { url = "${url}/one.tar.gz"; hash = "${hashOf(both)}"; };
      fewer = fetchzip {
        url = "${url}/one.tar.gz";
        postFetch = "rm $out/b";
        hash = "${hashOf(directory([['a', text('a\n')]]))}";
      };
      package = { runCommand, greeting ? "hello" }: runCommand "template" { inherit greeting; WHOM = "you"; } "substituteAll \${./template} $out";
      template = pkgs.callPackage package { };
    in
    {
      packages.x86_64-linux.default = runCommand "all" { } ''
        {
          cat \${changed} \${folder}/copy
          \${script}
          cat \${two}/a \${two}/b \${one}/a \${one}/b
          ls \${fewer}
          cat \${template} \${template.override { greeting = "moin"; }}
          cat \${(template.override { greeting = "moin"; }).overrideAttrs (old: { greeting = "\${old.greeting} moin"; })}
        } > $out
      '';
      packages.x86_64-linux.wrong = fetchzip { url = "${url}/two.tar.gz"; extension = "tar.gz"; hash = pkgs.lib.fakeHash; };
    };
}
`,
  );
  const options = ['--no-link', '--print-out-paths', '--option', 'sandbox', 'relaxed'];
  const built = await place.bootflake(['build', `path:${flake}`, ...options], { timeoutSeconds: 900 });
  assert.equal(built.status, 0, built.stderr);
  assert.deepEqual(readFileSync(built.stdout.trim(), 'utf8').split('\n'), [
    ...['changed', 'hello', 'ran', 'a', 'b', 'a', 'b', 'a'],
    ...['template says hello to @WHOM@', 'template says moin to @WHOM@', 'template says moin moin to @WHOM@', ''],
  ]);
  const wrong = await place.bootflake(['build', `path:${flake}#wrong`, ...options]);
  assert.equal(wrong.status, 1);
  assert.match(wrong.stderr, /the archive has not one folder at its root, but 2 entries: set stripRoot = false/);
});
