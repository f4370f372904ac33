import type { CommandSpec } from '../command.ts';

/** Every command, loaded on demand, so that start-up does not pay for the others. */
export const commandLoaders: Record<string, () => Promise<CommandSpec[]>> = {
  flake: async () => (await import('./flake.ts')).flakeCommands,
  build: async () => [(await import('./build.ts')).build],
  run: async () => [(await import('./run.ts')).run],
  'build-vm': async () => [(await import('./build-vm.ts')).buildVm],
  'build-image': async () => [(await import('./build-image.ts')).buildImage],
  test: async () => [(await import('./test.ts')).test],
  vm: async () => {
    const [machines, changes, updates, { vmSwitchCommands }, guests, { vmSshCommands }] = await Promise.all([
      import('./vm.ts'),
      import('./vm-change.ts'),
      import('./vm-update.ts'),
      import('./vm-switch.ts'),
      import('./vm-guest.ts'),
      import('./vm-ssh.ts'),
    ]);
    const { onHost } = await import('./on-host.ts');
    const all = [
      ...machines.vmCommands,
      ...changes.vmChangeCommands,
      ...updates.vmUpdateCommands,
      ...vmSwitchCommands,
      ...guests.vmGuestCommands,
      ...vmSshCommands,
    ];
    return all.map(onHost);
  },
  deploy: async () => [(await import('./deploy.ts')).deployCommand],
  shell: async () => [(await import('./shell.ts')).shell],
  develop: async () => [(await import('./develop.ts')).developCommand],
  'print-dev-env': async () => [(await import('./develop.ts')).printDevEnv],
  repl: async () => [(await import('./repl.ts')).repl],
  eval: async () => [(await import('./eval.ts')).evaluate],
  log: async () => [(await import('./log.ts')).log],
  registry: async () => (await import('./registry.ts')).registryCommands,
  store: async () => {
    const files = await Promise.all([
      import('./store-verify.ts'),
      import('./store.ts'),
      import('./store-sign.ts'),
      import('./store-serve.ts'),
      import('./diff-closures.ts'),
    ]);
    return files.flatMap(({ storeCommands }) => storeCommands);
  },
  copy: async () => [(await import('./copy.ts')).copy],
  convert: async () => [(await import('./convert.ts')).convertCommand],
  'path-info': async () => [(await import('./path-info.ts')).pathInfo],
  'why-depends': async () => [(await import('./why-depends.ts')).whyDepends],
  size: async () => [(await import('./size.ts')).size],
  nar: async () => (await import('./nar.ts')).narCommands,
  key: async () => (await import('./key.ts')).keyCommands,
  doctor: async () => [(await import('./doctor.ts')).doctor],
};
