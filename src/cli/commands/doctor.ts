import type { Finding } from '../../doctor/doctor.ts';
import type { CommandSpec } from '../command.ts';

export const doctor: CommandSpec = {
  name: 'doctor',
  summary: 'check this machine: KVM (tested with a guest), namespaces, qemu, mirror, disk',
  examples: [
    ['bootflake doctor', 'a table'],
    ['bootflake doctor --host ssh://me@server', 'of another host: what machines need there'],
    ['bootflake doctor --json', 'for a program'],
  ],
  configure(command) {
    command
      .option('--json', 'print as JSON')
      .option('--host <address>', 'another host, over ssh: ssh://user@host')
      .option('--mirror <url>', 'Debian mirror')
      .option('--security-mirror <url>', 'mirror of the security archive');
  },
  async run(terminal, options) {
    const findings =
      options.host === undefined ? await examineOwn(terminal.signal, options) : await examineHost(terminal.signal, String(options.host));
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

async function examineOwn(signal: AbortSignal, options: Record<string, unknown>): Promise<Finding[]> {
  const { examineMachine } = await import('../../doctor/doctor.ts');
  const { mirror, securityMirror } = options as { mirror?: string; securityMirror?: string };
  return examineMachine({ mirror, securityMirror, signal });
}

async function examineHost(signal: AbortSignal, address: string): Promise<Finding[]> {
  const [{ openHost }, { remoteFindings }] = await Promise.all([import('../../api/open-host.ts'), import('../../doctor/remote-host.ts')]);
  const hosted = await openHost({ signal }, address);
  try {
    const findings = remoteFindings(hosted.host.address, await hosted.probe());
    await hosted.host.removeIfUnused();
    return findings;
  } finally {
    hosted.close();
  }
}
