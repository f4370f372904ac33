// Bundles the sources into dist/, or the folder named. Runs from `npm run build` and, as npm's prepare, after `npm ci` in a clone.
import { readdirSync, writeFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
let esbuild;
try {
  esbuild = await import('esbuild');
} catch {
  process.exit(0); // installed without devDependencies from a packed tarball: dist/ is already there
}
// The evaluator is one script, as V8's compiled code can be kept of scripts only (src/eval-start.ts).
const scripts = ['eval-start', 'eval-worker'];
const workers = readdirSync('src').filter((file) => file.endsWith('-worker.ts') && !scripts.includes(file.replace(/\.ts$/, '')));
const folder = process.argv[2] ?? 'dist';
const fresh = `${folder}-new-${process.pid}`;
const common = { outdir: fresh, bundle: true, platform: 'node', target: 'node20', packages: 'external', sourcemap: true, logLevel: 'warning' };
await esbuild.build({
  ...common, entryPoints: scripts.map((name) => `src/${name}.ts`), format: 'cjs', outExtension: { '.js': '.cjs' },
  define: { 'import.meta.url': 'bundleUrl' }, banner: { js: "var bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
});
await esbuild.build({
  ...common,
  entryPoints: {
    bootflake: 'src/cli/main.ts',
    index: 'src/index.ts',
    ...Object.fromEntries(workers.map((file) => [file.replace(/\.ts$/, ''), `src/${file}`])),
  },
  splitting: true, format: 'esm',
});
await buildMachine(`${fresh}/machine.wasm`);
await rm(folder, { recursive: true, force: true });
await rename(fresh, folder);

/** The evaluator's machine (machine/), from AssemblyScript to WebAssembly. */
async function buildMachine(file) {
  const { default: asc } = await import('assemblyscript/asc');
  const { error, stderr } = await asc.main(['machine/index.ts', '--outFile', resolve(file), '-O3', '--runtime', 'stub', '--noAssert', '--importMemory', ...(process.env.MACHINE_DEBUG ? ['--debug'] : [])], {
    writeFile: (name, contents) => writeFileSync(resolve(name), contents),
  });
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
}
