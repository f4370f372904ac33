/** Another host, for as long as a command uses it: its machines, its images, and what it has. */
import { SshHost } from './ssh-host.ts';
import { parseSshAddress } from './ssh-address.ts';
import { HostImages } from './host-images.ts';
import { probeHost, type HostProbe } from './probe-host.ts';

export class HostedMachines {
  readonly images: HostImages;
  private probed: Promise<HostProbe> | undefined;

  private constructor(readonly host: SshHost) {
    this.images = new HostImages(host);
  }

  /** `address`: `ssh://user@host:port`. Throws `remote/bad-host`, `remote/unreachable`, `remote/no-ssh`, `remote/unsupported`. */
  static async open(address: string, env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<HostedMachines> {
    return new HostedMachines(await SshHost.open(parseSshAddress(address), env, signal));
  }

  /** Asks once. */
  probe(): Promise<HostProbe> {
    this.probed ??= probeHost(this.host);
    return this.probed;
  }

  close(): void {
    this.images.release();
    this.host.close();
  }
}
