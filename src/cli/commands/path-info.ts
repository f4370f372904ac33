import type { CommandSpec } from '../command.ts';
import { pipelineContext } from '../context.ts';
import { formatBytes } from '../../base/format-bytes.ts';
import { addFlakeOptions, readFlakeOptions } from '../options.ts';

export const pathInfo: CommandSpec = {
  name: 'path-info',
  summary: 'show store paths, their sizes and references',
  args: '[installables-or-paths...]',
  examples: [
    ['bootflake path-info -Sh .#build-qcow2', "an image's path and the size of all that it refers to"],
    ['bootflake path-info -rsh ./result', 'each path below a result, with its size'],
    ['bootflake path-info --json ./result', 'everything, as JSON'],
  ],
  configure(command) {
    addFlakeOptions(command)
      .option('-r, --recursive', 'include the closure of the paths')
      .option('-s, --size', "show each path's size")
      .option('-S, --closure-size', 'show the size with all that it refers to')
      .option('-h, --human-readable', 'sizes in KiB, MiB, GiB')
      .option('--sigs', 'show why each path is trusted: built here, content-addressed, or its signatures')
      .option('--json', 'print as JSON');
  },
  async run(terminal, options, args) {
    const { pathInfoJson, pathInfos, trustColumn } = await import('../../api/inspect-store.ts');
    const infos = await pathInfos(pipelineContext(terminal, readFlakeOptions(options)), args.length ? args : ['.'], {
      recursive: Boolean(options.recursive),
      closureSize: Boolean(options.closureSize),
    });
    if (options.json) {
      const hostPath = (path: string): string => terminal.hostPath(path);
      return terminal.print(JSON.stringify(pathInfoJson(infos, { closureSize: Boolean(options.closureSize), hostPath })));
    }
    const shown = infos.map((info) => ({ ...info, file: terminal.hostPath(info.path) }));
    const width = Math.max(...shown.map(({ file }) => file.length));
    const size = (bytes: number): string => `\t${(options.humanReadable ? formatBytes(bytes) : String(bytes)).padStart(11)}`;
    for (const { file, ...info } of shown) {
      const sigs = options.sigs ? `\t${trustColumn(info)}` : '';
      const columns = `${options.size ? size(info.narSize) : ''}${options.closureSize ? size(info.closureSize) : ''}${sigs}`;
      terminal.print(columns ? file.padEnd(width) + columns : file);
    }
  },
};
