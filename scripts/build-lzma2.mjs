// Compiles src/debian/xz/lzma2.c to WebAssembly and writes it into lzma2-wasm.ts, which is kept in the repository: whoever builds
// bootflake needs no C compiler. Needs clang and lld; tried with version 14.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../src/debian/xz/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'lzma2-'));
try {
  const output = join(scratch, 'lzma2.wasm');
  execFileSync('clang', [
    '--target=wasm32', '-O3', '-mbulk-memory', '-nostdlib', '-Wall', '-Werror',
    '-Wl,--no-entry', '-Wl,--export=__heap_base', '-Wl,--strip-all', '-Wl,-z,stack-size=16384', '-o', output, join(folder, 'lzma2.c'),
  ], { stdio: 'inherit' });
  const base64 = readFileSync(output).toString('base64').replace(/.{1,150}/g, (line) => `${line}\n`);
  writeFileSync(join(folder, 'lzma2-wasm.ts'), `/** lzma2.c, compiled by scripts/build-lzma2.mjs: WebAssembly in base 64. */\nexport const lzma2Wasm = \`\n${base64}\`;\n`);
} finally {
  rmSync(scratch, { recursive: true });
}
