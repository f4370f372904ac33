/** What a machine of a test has besides its kernel, for the whole test: disks, firmware, and programs beside it. */
import { tmpdir } from 'node:os';
import { removeTree } from '../store/physical-tree.ts';
import { makePrivateFolder } from '../system/file-operations.ts';
import { ownIdentity } from '../system/process-identity.ts';
import { companionDevices, companionsOf, startCompanions, type CompanionTree } from '../vm/companions.ts';
import { emptyDisks, newOverlay, prepareStateDisk } from '../vm/disk.ts';
import type { Qemu } from '../vm/find-qemu.ts';
import { prepareFirmware } from '../vm/firmware.ts';
import { findImage } from '../vm/image.ts';
import { readImageFacts } from '../vm/image-facts.ts';
import { firstSocket } from '../vm/machine.ts';
import type { DiskDescription, MachineDescription, NetworkDescription } from '../vm/qemu-arguments.ts';
import { checkShares } from '../vm/shares.ts';
import type { NodeDescription } from './description.ts';

export interface HardwareHost {
  qemu: Qemu;
  /** For the disks. */
  folder: string;
  /** The physical path of a path in the store. */
  realPath(path: string): string;
  /** PATH. */
  path: string | undefined;
  /** Makes Debian's trees of qemu with its firmware, and of programs beside it. */
  helperTree: (() => Promise<string>) | undefined;
  companionTree: CompanionTree | undefined;
}

export class NodeHardware {
  private disks: [DiskDescription, ...DiskDescription[]] | undefined;
  /** Of sockets, whose paths have to be short. */
  private sockets: string | undefined;

  constructor(
    private readonly description: NodeDescription,
    private readonly host: HardwareHost,
  ) {}

  /** For a start. `end` ends what was started for it. Throws `vm/no-uefi`, `vm/no-folder`, `vm/companion-failed`, `vm/no-swtpm`. */
  async prepare(): Promise<{
    devices: Pick<MachineDescription, 'disks' | 'firmware' | 'networks' | 'screen' | 'shares' | 'mounts' | 'tpm'>;
    end(): Promise<void>;
  }> {
    const { description, host } = this;
    const file = (name: string) => `${host.folder}/${description.name}-${name}`;
    checkShares(description.shares);
    const companions = await companionsOf(description, { path: host.path, tree: host.companionTree, stateFolder: file('tpm') });
    if (companions.length > 0) this.sockets ??= makePrivateFolder(`${tmpdir()}/bootflake-${ownIdentity().pid}-`);
    const devices = {
      disks: (this.disks ??= this.makeDisks()),
      firmware: await prepareFirmware(description.firmware, host.qemu.firmwareFolders, {
        variables: file('uefi-variables.fd'),
        tree: host.helperTree,
      }),
      networks: this.networks(),
      ...companionDevices(description, (name) => `${this.sockets!}/${name}`),
      screen: description.resolution && { display: 'none', resolution: description.resolution },
    };
    return { devices, ...(await startCompanions(companions, this.sockets ?? host.folder)) };
  }

  /** Removes what is outside of the test's folder. */
  discard(): void {
    if (this.sockets !== undefined) removeTree(this.sockets);
    this.sockets = undefined;
  }

  private networks(): NetworkDescription[] {
    const { forwards, networks, restrictNetwork: restricted } = this.description;
    return [
      { kind: 'user', forwards, restricted },
      ...networks.map(({ mac }, i) => ({ kind: 'socket' as const, socket: firstSocket + 1 + i, mac })),
    ];
  }

  private makeDisks(): [DiskDescription, ...DiskDescription[]] {
    const { description, host } = this;
    const image = host.realPath(description.image);
    const over = (file: string, of: string) => newOverlay(`${host.folder}/${description.name}${file}.qcow2`, findImage(of), undefined);
    const { state } = readImageFacts(image);
    return [
      { ...over('', image), ...(description.serial !== undefined && { serial: description.serial }) },
      ...emptyDisks(description.disks, (i) => `${host.folder}/${description.name}-empty${i}.raw`),
      ...(state ? [prepareStateDisk(host.folder, `${host.folder}/${description.name}`, state.size)] : []),
      ...(description.store === undefined ? [] : [over('-store', host.realPath(description.store))]),
    ];
  }
}
