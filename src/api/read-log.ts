/** `bootflake log`: what the builder of a derivation logged. */
import { readFileSync } from 'node:fs';
import { BootflakeError } from '../base/errors.ts';
import { buildLogFile } from '../realise/build-log.ts';
import { namedPath } from './path-argument.ts';
import { evaluateInstallables, openStore, type PipelineContext } from './pipeline.ts';

/** `name`: a derivation, an output that was built here, or an installable. Returns bytes. Throws `store/no-log`. */
export async function readBuildLog(context: PipelineContext, name: string): Promise<Buffer> {
  const store = await openStore(context);
  let drvPath: string | undefined;
  if (name.startsWith('/') && !name.includes('#')) {
    const path = namedPath(store, context.cwd, name);
    drvPath = path.endsWith('.drv') ? path : store.queryPathInfo(path)?.deriver;
  } else [{ drvPath } = { drvPath: undefined }] = await evaluateInstallables(context, store, [name]);
  try {
    if (drvPath !== undefined) return readFileSync(buildLogFile(store.root, drvPath));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  throw new BootflakeError({
    code: 'store/no-log',
    message: `there is no log of '${drvPath ?? name}': it was not built here, or its builder logged nothing`,
    hint: `Build it again and print what it logs: bootflake build --rebuild -L '${name}${name.endsWith('.drv') ? '^*' : ''}'`,
  });
}
