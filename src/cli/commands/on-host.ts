/** `--host`: a command about machines, for those of another host. */
import type { CommandSpec } from '../command.ts';
import type { Terminal } from '../terminal.ts';

/** For a command to type. */
export function hostOption({ host }: Terminal): string {
  return host ? ` --host ${host.host.address}` : '';
}

/** The command with that option; while it runs, its terminal has the host. */
export function onHost(spec: CommandSpec): CommandSpec {
  return {
    ...spec,
    configure(command) {
      spec.configure(command);
      command.option('--host <address>', 'machines of another host, over ssh: ssh://user@host');
    },
    async run(terminal, options, args, rest) {
      const { host: address, ...others } = options;
      if (address === undefined) return spec.run(terminal, others, args, rest);
      const { openHost } = await import('../../api/open-host.ts');
      const host = await openHost({ signal: terminal.signal }, String(address));
      try {
        return await spec.run({ ...terminal, host }, others, args, rest);
      } finally {
        host.close();
      }
    },
  };
}
