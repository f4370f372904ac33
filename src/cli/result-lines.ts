/** The last lines of a build for the user: where the result is, and the command that uses it. */
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { relative } from 'node:path';
import type { Built } from '../api/pipeline.ts';
import { formatBytes } from '../base/format-bytes.ts';
import { shellQuote } from '../base/shell-quote.ts';

/** `links`: one for each output, in their order, or none. */
export function resultLines(built: Built[], links: string[], cwd: string): string[] {
  const files = built.flatMap(({ files: outputs }) => Object.values(outputs));
  return files.flatMap((file, i) => {
    const place = links[i] === undefined ? file : shownPath(links[i], cwd);
    const image = imageIn(file);
    if (image === undefined) return [`built: ${place}`];
    return [`the image is ${place}/${image.name} (${formatBytes(image.size)})`, `boot it: bootflake run ${shellQuote([place])}`];
  });
}

/** Returns a path relative to the folder that it is in or below, any other as it is. */
export function shownPath(path: string, folder: string): string {
  const inside = relative(folder, path);
  return inside.startsWith('..') ? path : inside;
}

function imageIn(folder: string): { name: string; size: number } | undefined {
  if (!lstatSync(folder).isDirectory()) return undefined;
  const names = readdirSync(folder).filter((name) => /\.(qcow2|raw|img)$/.test(name));
  return names.length === 1 ? { name: names[0]!, size: statSync(`${folder}/${names[0]!}`).size } : undefined;
}
