/** The process beside a machine that is on private networks: see ../instances/network/machine-networks.ts. */
import { serveNetworks, type MachineNetworks } from '../instances/network/machine-networks.ts';

await serveNetworks(JSON.parse(process.argv[2] ?? '') as MachineNetworks);
