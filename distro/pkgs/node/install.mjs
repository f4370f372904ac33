// What npmInstallHook asks of npm's files; the answers are separated by NUL.
//
//     node install.mjs files PACK.json | programs PACKAGE.json | manuals PACKAGE.json
import { readFileSync } from 'node:fs';

const [question, file] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');
const inside = (path) => {
  const names = String(path).replace(/^\.\//, '');
  if (names === '' || names.startsWith('/') || names.split('/').includes('..')) {
    console.error(`error: ${file} names '${path}', which is not below its folder`);
    process.exit(1);
  }
  return names;
};
const answers = {
  // Scripts that npm runs may have printed something before.
  files: () => JSON.parse(text.slice(text.search(/^\[/m)))[0].files.map(({ path }) => inside(path)),
  programs() {
    const { name, bin, directories } = JSON.parse(text);
    const programs = typeof bin === 'string' ? { [name.replace(/^@[^/]*\//, '')]: bin } : (bin ?? {});
    if (bin === undefined && directories?.bin !== undefined) {
      console.error(`warning: ${file} names the folder '${directories.bin}' of programs: give each a name in "bin"`);
    }
    return Object.entries(programs).flatMap(([program, target]) => [inside(program), inside(target)]);
  },
  manuals: () => [JSON.parse(text).man ?? []].flat().map(inside),
};
process.stdout.write(answers[question]().map((answer) => `${answer}\0`).join(''));
