/** Software of the user's own over Debian's compilers: pkgs.stdenv.mkDerivation, runCommand, makeWrapper. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { workplace } from '../support/bootflake.ts';

const place = workplace('stdenv');
after(() => place.remove());

const program = `#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>
int main(void) { printf("%s, zlib %s\\n", getenv("GREETING"), zlibVersion()); return 0; }
`;
const makefile =
  'hello: hello.c\n\t$(CC) -o hello hello.c -lz\ncheck: hello\n\tGREETING=x ./hello\ninstall: hello\n\tinstall -D hello $(prefix)/bin/hello\n';

before(() => {
  mkdirSync(join(place.folder, 'flake/src'), { recursive: true });
  mkdirSync(join(place.folder, 'flake/autotools'));
  const autotools = {
    'configure.ac': 'AC_INIT([made],[1])\nAM_INIT_AUTOMAKE([foreign])\nAC_PROG_CC\nAC_CONFIG_FILES([Makefile])\nAC_OUTPUT\n',
    'Makefile.am': 'bin_PROGRAMS = made\nmade_SOURCES = made.c\n',
    'made.c': 'int main(void) { return 0; }\n',
  };
  for (const [name, text] of Object.entries(autotools)) writeFileSync(join(place.folder, 'flake/autotools', name), text);
  writeFileSync(join(place.folder, 'flake/src/hello.c'), program);
  writeFileSync(join(place.folder, 'flake/src/Makefile'), `prefix ?= /usr/local\n${makefile}`);
  writeFileSync(
    join(place.folder, 'flake/flake.nix'),
    `{
  inputs.nixpkgs.url = "debian/trixie";
  outputs = { nixpkgs, ... }:
    let
      pkgs = nixpkgs.legacyPackages.x86_64-linux;
      hello = pkgs.stdenv.mkDerivation (final: {
        pname = "hello";
        version = "1.2";
        src = ./src;
        buildInputs = [ pkgs.zlib ];
        nativeBuildInputs = [ pkgs.makeWrapper ];
        makeFlags = [ "prefix=\${placeholder "out"}" ];
        doCheck = true;
        postInstall = "wrapProgram $out/bin/hello --set GREETING 'hello from \${final.version}'";
      });
    in
    {
      devShells.x86_64-linux.default = pkgs.mkShell {
        packages = [ pkgs.jq ];
        buildInputs = [ pkgs.zlib ];
        shellHook = "echo welcome";
      };
      packages.x86_64-linux = {
        inherit hello;
        ran = pkgs.runCommand "ran" { nativeBuildInputs = [ hello ]; } "hello > $out; type -p gcc >> $out || echo no compiler$notSet >> $out";
        wrapped = pkgs.symlinkJoin {
          name = "wrapped";
          paths = [ hello ];
          nativeBuildInputs = [ pkgs.makeWrapper ];
          postBuild = "wrapProgram $out/bin/hello --set OTHER 1";
        };
        structured = hello.overrideAttrs { __structuredAttrs = true; makeFlags = [ "prefix=\${placeholder "out"}" "UNUSED=a b" ]; };
        # Debian has these by the links of update-alternatives alone.
        configured = pkgs.stdenv.mkDerivation {
          name = "configured";
          src = ./autotools;
          nativeBuildInputs = [ pkgs.autoreconfHook (pkgs.python3.withPackages (p: [ p.numpy ])) ];
          postInstall = "python3 -c 'import numpy; print(numpy.linalg.inv([[2.0]])[0][0])' > $out/half";
        };
        wrong = hello.overrideAttrs (old: { buildInputs = [ ]; nativeBuildInputs = old.nativeBuildInputs ++ old.buildInputs; });
      };
    };
}
`,
  );
});

const flake = join(place.folder, 'flake');
const build = (name: string) =>
  place.bootflake(['build', `path:${flake}#${name}`, '--no-link', '--print-out-paths'], { timeoutSeconds: 900 });

test('a C program is compiled with a library of Debian, checked, installed, wrapped, and runs in another build', async () => {
  const ran = await build('ran');
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(readFileSync(ran.stdout.trim(), 'utf8'), /^hello from 1\.2, zlib 1\.[\d.]+\nno compiler\n$/);
  const hello = (await build('hello')).stdout.trim();
  assert.match(
    readFileSync(join(hello, 'bin/hello'), 'utf8'),
    /^#!\/usr\/bin\/bash\nexport GREETING=hello\\ from\\ 1\.2\nexec -a "\$0" \/nix\/store\/\S+\/bin\/\.hello-wrapped "\$@"\n$/,
  );
});

test('what a machine needs of Debian for it is known while evaluating, and is among the references of the output', async () => {
  const roots = await place.bootflake(['eval', '--raw', `path:${flake}#hello.debianPackages`, '--apply', 'builtins.concatStringsSep " "']);
  assert.equal(roots.status, 0, roots.stderr);
  const names = roots.stdout.split(' ');
  assert.ok(names.includes('zlib1g') && names.includes('libc6'), roots.stdout);
  assert.ok(!names.some((name) => name.endsWith('-dev') || name === 'gcc' || name === 'make'), roots.stdout);
  const hello = (await build('hello')).stdout.trim();
  const closure = await place.bootflake(['path-info', '-r', hello]);
  assert.match(closure.stdout, /-zlib1g_/);
  assert.doesNotMatch(closure.stdout, /-gcc-\d+_/);
});

test('a library that only the build has is refused, with the file, the library and what to do', async () => {
  const wrong = await build('wrong');
  assert.equal(wrong.status, 1);
  assert.match(wrong.stderr, /bin\/\.hello-wrapped needs the library libz\.so\.1, which no package of buildInputs has/);
});

test('a configure script is made by the autotools, and a library of linear algebra is found', async () => {
  const configured = await build('configured');
  assert.equal(configured.status, 0, configured.stderr);
  const out = configured.stdout.trim();
  assert.ok(existsSync(join(out, 'bin/made')));
  assert.equal(readFileSync(join(out, 'half'), 'utf8'), '0.5\n');
});

test('postBuild of symlinkJoin may replace what is joined', async () => {
  const wrapped = await build('wrapped');
  assert.equal(wrapped.status, 0, wrapped.stderr);
  assert.match(readFileSync(join(wrapped.stdout.trim(), 'bin/hello'), 'utf8'), /export OTHER=1\n/);
});

test('a derivation with structured attributes is built with their lists', async () => {
  const structured = await build('structured');
  assert.equal(structured.status, 0, structured.stderr);
  assert.match(readFileSync(join(structured.stdout.trim(), 'bin/hello'), 'utf8'), /GREETING=hello/);
});

test('a development shell has the compiler, headers and tools in its /usr, and builds there', async () => {
  const script = 'cc -o hello hello.c -lz && GREETING=made ./hello && jq --version && make --version | head -1 && echo "$HOME"';
  const run = (...args: string[]) =>
    place.bootflake(['develop', `path:${flake}`, ...args], { cwd: join(flake, 'src'), timeoutSeconds: 900 });
  const ran = await run('-c', 'sh', '-c', script);
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(ran.stdout, /^welcome\nmade, zlib 1\.[\d.]+\njq-1[\d.]+\nGNU Make [\d.]+\n\/.*\/home\n$/);
  const phase = await place.bootflake(['develop', `path:${flake}#hello`, '--build', '--preserve-cwd'], { cwd: join(flake, 'src') });
  assert.equal(phase.status, 0, phase.stderr);
});
