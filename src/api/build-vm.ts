/** `bootflake build-vm`: a script that runs a configuration in qemu, with the store shared instead of an image. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findOnPath } from '../system/machine-facts.ts';
import { helperTree } from './helper-packages.ts';
import { evaluateInstallables, linkResults, openStore, realiseEvaluated, type PipelineContext } from './pipeline.ts';

/** Returns the path of the script, through the link `outLink`. */
export async function buildVm(context: PipelineContext, installable: string, outLink: string): Promise<string> {
  const store = await openStore(context);
  const evaluated = await evaluateInstallables(context, store, [installable], {}, 'build-vm');
  const built = await realiseEvaluated(context, store, evaluated);
  const [link] = await linkResults(context, built, outLink);
  // The script finds them where PATH has none.
  const path = (context.env ?? process.env).PATH ?? '';
  if (findOnPath('virtiofsd', `${path}:/usr/libexec`) === undefined) await helperTree(context, 'virtiofsd');
  if (findOnPath('qemu-system-x86_64', path) === undefined) await helperTree(context, 'qemu');
  const folder = join(link ?? outLink, 'bin');
  const script = readdirSync(folder).find((name) => /^run-.*-vm$/.test(name));
  return script === undefined ? folder : join(folder, script);
}
