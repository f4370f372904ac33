// Bundles the sources into dist/, or the folder named. Runs from `npm run build` and, as npm's prepare, after `npm ci` in a clone.
import { readdirSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
let esbuild;
try {
  esbuild = await import('esbuild');
} catch {
  process.exit(0); // installed without devDependencies from a packed tarball: dist/ is already there
}
const workers = readdirSync('src').filter((file) => file.endsWith('-worker.ts'));
const folder = process.argv[2] ?? 'dist';
const fresh = `${folder}-new-${process.pid}`;
await esbuild.build({
  entryPoints: {
    bootflake: 'src/cli/main.ts',
    index: 'src/index.ts',
    ...Object.fromEntries(workers.map((file) => [file.replace(/\.ts$/, ''), `src/${file}`])),
  },
  outdir: fresh, bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20',
  packages: 'external', sourcemap: true, logLevel: 'warning',
});
await rm(folder, { recursive: true, force: true });
await rename(fresh, folder);
