import type { CommandSpec } from '../command.ts';
import { addBootTimeout, readTimeout } from './vm-guest.ts';

const ssh: CommandSpec = {
  name: 'vm ssh',
  summary: 'log in to a machine over ssh, without having set up anything',
  args: '<name>',
  rest: '[-- COMMAND...]',
  examples: [
    ['bootflake vm ssh web', "as the image's first normal user"],
    ['bootflake vm ssh web --user root -- uptime', 'a command'],
  ],
  description:
    "It needs services.openssh.enable in the machine and OpenSSH's client here. A key of the machine's own is put into the user's " +
    "authorized_keys, the host keys are read over the machine's port for commands, and a free port of this host is forwarded.",
  interrupted: 'interrupted',
  configure(command) {
    addBootTimeout(command.option('--user <name>', "who logs in (default: the image's first normal user, else root)"));
  },
  async run(terminal, options, [name = ''], words) {
    const { sshToMachine } = await import('../../api/ssh-machine.ts');
    const user = options.user as string | undefined;
    return sshToMachine({ signal: terminal.signal, host: terminal.host }, { name, user, words, timeout: readTimeout(options) });
  },
};

export const vmSshCommands = [ssh];
