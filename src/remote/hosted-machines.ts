/** Another host, for as long as a command uses it: its machines, its images, and what it has. */
import { SshHost } from './ssh-host.ts';
import { parseSshAddress } from './ssh-address.ts';
import { HostImages } from './host-images.ts';
import { LocalImages } from './local-image.ts';
import { probeHost, type HostProbe } from './probe-host.ts';

export class HostedMachines {
  readonly images: HostImages;
  private probed: Promise<HostProbe> | undefined;

  private constructor(
    readonly host: SshHost,
    locals: LocalImages,
  ) {
    this.images = new HostImages(host, locals);
  }

  /**
   * `address`: `ssh://user@host:port`; `locals`: what several hosts of a command share. Throws `remote/bad-host`, `remote/unreachable`,
   * `remote/no-ssh`, `remote/unsupported`.
   */
  static async open(
    address: string,
    env: NodeJS.ProcessEnv,
    { signal, locals = new LocalImages() }: { signal?: AbortSignal | undefined; locals?: LocalImages | undefined } = {},
  ): Promise<HostedMachines> {
    return new HostedMachines(await SshHost.open(parseSshAddress(address), env, signal), locals);
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
