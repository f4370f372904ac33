/** What is mounted before bubblewrap starts, and where bubblewrap then finds it. */
import fs from 'node:fs';
import type { JailDescription } from './description.ts';
import { noSetpriv } from './errors.ts';
import type { InputMount } from './folder.ts';
import { extraLine, extraName, inputLines, MOST_DIRECT, windowFolder, windowLine } from './mounts.ts';
import type { Tool } from './tools.ts';

export interface Staging {
  /** Lines of fstab(5). */
  lines: string[];
  /** The run's folder for the user that bubblewrap runs as. */
  folder: string;
  /** Inputs left to bubblewrap. */
  direct: InputMount[];
  binds: { source: string; target: string; writable: boolean }[];
  /** The tools' command lines. */
  commands: (readonly string[])[];
}

/** For a program of our own user: inputs are mounted beforehand where `mount` may do it and there are many. */
export function stageForOwnUser(description: JailDescription, mounts: InputMount[], tools: readonly Tool[], mayMount: boolean): Staging {
  const staged = mayMount && mounts.length > MOST_DIRECT;
  return {
    lines: staged ? inputLines(description.folder, mounts) : [],
    folder: description.folder,
    direct: staged ? [] : mounts,
    binds: present(description).map(({ source, target, writable = false }) => ({ source, target, writable })),
    commands: tools.map(({ command }) => command),
  };
}

/** For root, whose files the program's user may be unable to reach: all is mounted in a folder that every user reaches. */
export function stageForRoot(description: JailDescription, mounts: InputMount[], tools: readonly Tool[]): Staging {
  const { folder } = description;
  const shown = present(description);
  const sources = [folder, ...mounts.map(({ source }) => source), ...shown.map(({ source }) => source)];
  const window = windowFolder([...sources, ...tools.flatMap(({ command, tree }) => (tree === undefined ? command : [tree]))]);
  if (window === undefined) throw noSetpriv();
  const lines = [windowLine(folder, window), ...inputLines(window, mounts)];
  const show = (source: string, name: string, writable: boolean): string => {
    const place = `${folder}/extra/${name}`;
    if (fs.statSync(source).isDirectory()) fs.mkdirSync(place);
    else fs.writeFileSync(place, '');
    lines.push(extraLine({ source, target: name, writable }, `${window}/extra/${name}`));
    return `${window}/extra/${name}`;
  };
  const binds = shown.map((bind, i) => {
    const { source, target, writable = false } = bind;
    return { source: show(source, extraName(i, bind), writable), target, writable };
  });
  const commands = tools.map(({ command, tree }, i) => {
    if (tree === undefined) return command;
    const place = show(tree, `tool-${i}`, false);
    return command.map((word) => word.replaceAll(tree, place));
  });
  return { lines, folder: window, direct: [], binds, commands };
}

/** Binds with their links followed, as links cannot be mounted; without optional ones that are missing. */
function present({ binds }: JailDescription): JailDescription['binds'] {
  return binds.flatMap((bind) => {
    if (bind.optional && !fs.existsSync(bind.source)) return [];
    return [{ ...bind, source: fs.realpathSync(bind.source) }];
  });
}
