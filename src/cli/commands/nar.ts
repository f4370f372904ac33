import type { CommandSpec } from '../command.ts';
import { addListOptions, printListing } from '../listing.ts';

const pack: CommandSpec = {
  name: 'nar pack',
  summary: 'write the NAR (Nix archive) of a file or folder to standard output',
  args: '<path>',
  examples: [['bootflake nar pack ./result/etc > etc.nar', "the bytes whose hash is a path's NAR hash"]],
  configure() {},
  async run(terminal, _options, [path = '']) {
    const { packNar } = await import('../../api/nar-files.ts');
    await terminal.stream(packNar(process.cwd(), path));
  },
};

const dumpPath: CommandSpec = {
  ...pack,
  name: 'nar dump-path',
  summary: 'an older name of nar pack',
  examples: [['bootflake nar dump-path ./result/etc > etc.nar', 'the same as nar pack']],
};

const ls: CommandSpec = {
  name: 'nar ls',
  summary: 'list what is at a path inside a NAR file',
  args: '<nar> <path>',
  examples: [
    ['bootflake nar ls ./hello.nar /bin', 'the names in a folder of it'],
    ['bootflake nar ls -lR ./hello.nar /', 'all of it, with modes and sizes'],
    ['bootflake nar ls --json -R ./hello.nar /', 'as JSON, with the place of each file in the archive'],
  ],
  configure: addListOptions,
  async run(terminal, options, [nar = '', path = '']) {
    const { findInNar } = await import('../../api/nar-files.ts');
    await printListing(terminal, findInNar(process.cwd(), nar, path), path, options);
  },
};

const cat: CommandSpec = {
  name: 'nar cat',
  summary: 'print a file inside a NAR file',
  args: '<nar> <path>',
  examples: [['bootflake nar cat ./hello.nar /share/doc/README', 'its bytes; on a terminal control characters are made visible']],
  configure() {},
  async run(terminal, _options, [nar = '', path = '']) {
    const { readInNar } = await import('../../api/nar-files.ts');
    await terminal.stream(readInNar(process.cwd(), nar, path));
  },
};

export const narCommands = [dumpPath, pack, ls, cat];
