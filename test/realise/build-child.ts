/**
 * A process for tests to kill: `build-child.ts ROOT DRV [MILLISECONDS]` realises DRV with a slow builder that writes many files, and
 * prints one line per finished derivation.
 */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { realise } from '../../src/realise/realise.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { builders } from '../store/support.ts';

const [root, drvPath, wait = '0'] = process.argv.slice(2) as [string, string, string?];
const store = LocalStore.open({ root });
try {
  await realise(store, [drvPath], {
    onLog: (_, line) => process.stdout.write(`log ${line}\n`),
    onBuild: (event) => {
      if (event.type === 'started') appendFileSync(`${root}/built`, `${event.name} ${process.pid}\n`);
    },
    findBuilder: builders({
      async files({ outputFiles, attrs }) {
        for (let i = 0; i < 40; i++) {
          mkdirSync(`${outputFiles.out!}/d${i}`, { recursive: true });
          writeFileSync(`${outputFiles.out!}/d${i}/file`, `${String(attrs.name)} ${i}\n`.repeat(200));
          await new Promise((done) => setTimeout(done, Number(wait)));
        }
      },
    }),
  });
  process.stdout.write('done\n');
} catch (error) {
  process.stdout.write(`failed ${(error as { code?: string }).code} ${(error as Error).message}\n`);
  process.exitCode = 1;
}
