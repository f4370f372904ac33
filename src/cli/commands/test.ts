import type { CommandSpec } from '../command.ts';
import { pipelineContext } from '../context.ts';
import { addFlakeOptions, readFlakeOptions } from '../options.ts';
import { passSignals } from '../signals.ts';

export const test: CommandSpec = {
  name: 'test',
  interrupted: 'interrupted; machines of the test that had started were ended as if their power had failed',
  summary: "run a test of NixOS's kind: machines, and a script in Python that uses them",
  args: '[file-or-installable]',
  examples: [
    ['bootflake test .#web', 'the test checks.SYSTEM.web of a flake'],
    ['bootflake test nixpkgs#nixosTests.login', 'a test of nixpkgs, with its own machines'],
    ['bootflake test ./web.nix', 'the test of a file, with the machines of debian/trixie'],
    ['bootflake test ./hostname.nix#explicitDomain', 'one of several in a file'],
    ['bootflake test .#web --junit report.xml', 'with a report for continuous integration'],
    ['bootflake test .#web --interactive', 'type its lines yourself'],
    ['bootflake test .#web --keep', "keep the machines' disks"],
  ],
  description:
    'A test is what pkgs.testers.runNixOSTest and pkgs.nixosTest of debian/trixie or nixpkgs make, or a file of one: `nodes`, each a ' +
    "module of a machine, and `testScript`, with the machines' methods of NixOS's manual. The script is neither linted nor are its types " +
    'checked; it runs on this machine as you, with Python from PATH or from Debian. Without KVM the machines are emulated.',
  configure(command) {
    addFlakeOptions(command)
      .option('--interactive', 'a prompt of Python with the machines, in place of the script')
      .option('--keep', "keep the folder with the machines' disks, and print where it is")
      .option('--junit <file>', "write a report in JUnit's XML")
      .option('-o, --output-directory <folder>', "where the script's files go: screenshots, copies from machines (default: test-NAME)")
      .option('--accel <kind>', 'auto, kvm, hvf or tcg', 'auto')
      .option('-L, --print-build-logs', "print the builders' logs");
  },
  async run(terminal, options, [target = '.']) {
    const { runNixosTest } = await import('../../api/nixos-test.ts');
    const interactive = Boolean(options.interactive);
    // ctrl-c is for Python.
    const end = interactive ? passSignals(() => {}) : undefined;
    try {
      await runNixosTest(pipelineContext(terminal, readFlakeOptions(options)), {
        target,
        accel: String(options.accel),
        junit: options.junit as string | undefined,
        out: options.outputDirectory as string | undefined,
        keep: Boolean(options.keep),
        interactive,
      });
    } finally {
      end?.();
    }
  },
};
