import { fileURLToPath } from 'node:url';

/** The command that runs `src/threads/NAME.ts` as a process of its own: in the bundle `NAME.mjs`, from the sources through tsx. */
export function programCommand(name: string): string[] {
  if (!import.meta.url.endsWith('.ts')) return [process.execPath, fileURLToPath(new URL(`./${name}.mjs`, import.meta.url))];
  const file = fileURLToPath(new URL(`../threads/${name}.ts`, import.meta.url));
  return [process.execPath, '--import', import.meta.resolve('tsx'), file];
}
