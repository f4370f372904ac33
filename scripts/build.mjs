// Bundles the sources into dist/, or into the folder given. Runs from `npm run build` and, as npm's prepare, after `npm ci` in a clone.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
let esbuild;
try {
  esbuild = await import('esbuild');
} catch {
  process.exit(0); // installed without devDependencies from a packed tarball: dist/ is already there
}

/** Small packages without dependencies: bundled, they need no module lookup, and their compiled code is cached too. */
const bundled = ['commander', 'smol-toml'];
/** Modules that Node has not loaded yet when a program starts; `fs`, `path` and `url` are loaded. */
const lateBuiltins = 'child_process|crypto|fs/promises|http|net|os|process|readline|stream|timers/promises|tls|worker_threads|zlib';
const late = new RegExp(`^(?:node:(?:${lateBuiltins})(?:/.*)?|tar|fzstd|minizlib)$`);

/** Modules that few runs need are loaded on first use. */
const loadedLate = {
  name: 'loaded-late',
  setup(build) {
    build.onResolve({ filter: late }, ({ path, kind, namespace }) => {
      if (namespace === 'late' || kind === 'dynamic-import') return { path, external: true };
      return { path, namespace: 'late', sideEffects: false };
    });
    build.onLoad({ filter: /.*/, namespace: 'late' }, async ({ path }) => {
      const names = Object.keys(await import(path)).filter((name) => name !== 'default');
      const properties = names.map(
        (name) =>
          `Object.defineProperty(exports, ${JSON.stringify(name)}, { enumerable: true, get: () => load()[${JSON.stringify(name)}] });`,
      );
      return { contents: `let loaded; const load = () => (loaded ??= require(${JSON.stringify(path)}));\n${properties.join('\n')}` };
    });
    build.onResolve({ filter: /^[^./]/ }, ({ path }) =>
      bundled.includes(path) || path.startsWith('node:') ? undefined : { path, external: true },
    );
  },
};

const folder = process.argv[2] ?? 'dist';
const fresh = `${folder}-new-${process.pid}`;
const common = { outdir: fresh, bundle: true, platform: 'node', target: 'node20', sourcemap: true, logLevel: 'warning' };
// The command line and the evaluator are a script each: V8's compiled code can be cached for scripts only (src/kept/kept-program.ts).
const scripts = { main: 'src/cli/main.ts', 'eval-start': 'src/threads/eval-start.ts', 'eval-worker': 'src/threads/eval-worker.ts' };
const commonJs = {
  ...common,
  format: 'cjs',
  plugins: [loadedLate],
  // Such a script cannot import, so it requires.
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': 'bundleUrl', 'import.meta.resolve': 'require.resolve' },
  banner: { js: "var bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
};
await esbuild.build({ ...commonJs, entryPoints: scripts, outExtension: { '.js': '.cjs' } });
await esbuild.build({ ...commonJs, entryPoints: { bootflake: 'src/cli/start.ts' } });
const workers = readdirSync('src/threads').filter((file) => file.endsWith('-worker.ts') && file !== 'eval-worker.ts');
await esbuild.build({
  ...common,
  packages: 'external',
  entryPoints: {
    index: 'src/api/index.ts',
    test: 'src/api/test.ts',
    'machine-networks': 'src/threads/machine-networks.ts',
    ...Object.fromEntries(workers.map((file) => [file.replace(/\.ts$/, ''), `src/threads/${file}`])),
  },
  splitting: true,
  format: 'esm',
  outExtension: { '.js': '.mjs' },
});
await buildMachine(`${fresh}/machine.wasm`);
// Node starts a CommonJS program faster than a module, but looks up the nearest package.json to find out which one a .js file is.
await writeFile(`${fresh}/package.json`, '{ "type": "commonjs" }\n');
// Declarations take longer to build than everything else, and only a package that is installed elsewhere needs them.
if (['pack', 'publish'].includes(process.env.npm_command ?? '')) {
  execFileSync(
    process.execPath,
    [createRequire(import.meta.url).resolve('typescript/bin/tsc'), '-p', 'tsconfig.types.json', '--outDir', `${fresh}/types`],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
}
await rm(folder, { recursive: true, force: true });
await rename(fresh, folder);

/** Compiles the evaluator's machine (machine/) from AssemblyScript to WebAssembly. */
async function buildMachine(file) {
  const { default: asc } = await import('assemblyscript/asc');
  const { error, stderr } = await asc.main(
    [
      'machine/index.ts',
      '--outFile',
      resolve(file),
      '-O3',
      '--runtime',
      'stub',
      '--noAssert',
      '--importMemory',
      ...(process.env.MACHINE_DEBUG ? ['--debug'] : []),
    ],
    {
      writeFile: (name, contents) => writeFile(resolve(name), contents),
    },
  );
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
}
