import type { CommandSpec } from '../command.ts';

export const doctor: CommandSpec = {
  name: 'doctor',
  summary: 'check this machine: KVM (tested with a guest), namespaces, qemu, mirror, disk',
  examples: [
    ['bootflake doctor', 'a table'],
    ['bootflake doctor --json', 'for a program'],
  ],
  configure(command) {
    command
      .option('--json', 'print as JSON')
      .option('--mirror <url>', 'Debian mirror')
      .option('--security-mirror <url>', 'mirror of the security archive');
  },
  async run(terminal, options) {
    const { examineMachine } = await import('../../doctor/doctor.ts');
    const findings = await examineMachine({
      mirror: options.mirror as string | undefined,
      securityMirror: options.securityMirror as string | undefined,
      signal: terminal.signal,
    });
    if (options.json) terminal.print(JSON.stringify(findings, null, 2));
    else
      for (const f of findings)
        terminal.show(
          `${f.ok ? 'ok  ' : f.needed ? 'MISS' : '-   '}  ${f.name.padEnd(16)} ` +
            `${f.finding}${f.advice ? `\n      ${''.padEnd(16)} ${f.advice}` : ''}`,
        );
    return findings.some((f) => f.needed && !f.ok) ? 1 : 0;
  },
};
