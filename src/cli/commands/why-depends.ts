import type { CommandSpec } from '../command.ts';
import { pipelineContext } from '../context.ts';
import { addInstallableOptions, readFlakeOptions, readInstallableOptions } from '../options.ts';
import { standardOutput } from '../output.ts';

export const whyDepends: CommandSpec = {
  name: 'why-depends',
  summary: 'show why a path has another path in its closure',
  args: '<package> <dependency>',
  examples: [
    ['bootflake why-depends ./result /nix/store/...-glibc-2.41', 'a shortest way from one to the other'],
    ['bootflake why-depends --precise --all ./result debian/trixie#curl.deb', 'every way, and the files that mention each path'],
    ['bootflake why-depends --derivation .#build-qcow2 debian/trixie#curl.deb', 'why one is built from the other'],
  ],
  configure(command) {
    command.option('-a, --all', 'show every way, not only a shortest one').option('--precise', 'show the files that mention each path');
    addInstallableOptions(command);
  },
  async run(terminal, options, [from = '', to = '']) {
    const api = await import('../../api/why-depends.ts');
    const colour = (code: string) => (text: string) => (standardOutput.colours ? `\x1b[${code}m${text}\x1b[0m` : text);
    const [dependency, other, seen] = [colour('32;1'), colour('34;1'), colour('38;5;244')];
    const lines = api.whyDepends(
      pipelineContext(terminal, readFlakeOptions(options)),
      {
        ...readInstallableOptions(options),
        package: from,
        dependency: to,
        all: Boolean(options.all),
        precise: Boolean(options.precise),
      },
      { hash: (text, isDependency) => (isDependency ? dependency : other)(text), seen },
    );
    for (;;) {
      const { value, done } = await lines.next();
      if (done) {
        // As in Nix, this is a result, not a failure.
        if (!value) terminal.warn(`'${from}' does not depend on '${to}'`, 'note');
        return;
      }
      terminal.signal.throwIfAborted();
      terminal.print(value);
    }
  },
};
