/** The machines of a test and the networks between them. */
import { readable } from '../vm/console.ts';
import type { Accelerator } from '../vm/qemu-arguments.ts';
import type { NodeDescription } from './description.ts';
import { EthernetSwitch } from './ethernet-switch.ts';
import { Node } from './node.ts';
import type { HardwareHost } from './node-hardware.ts';
import type { Recogniser } from './screen-text.ts';

export interface NodeSetOptions extends HardwareHost {
  nodes: readonly NodeDescription[];
  accelerator: Accelerator;
  /** Of tests that recognise text on screens. Defaults to none. */
  recogniser?: Recogniser | undefined;
  /** A line of a serial console, or of what a command wrote to its standard error. */
  onLine(node: string, line: string, from: 'console' | 'errors'): void;
  onEnded(node: string): void;
}

export class NodeSet {
  readonly nodes: ReadonlyMap<string, Node>;
  private readonly networks = new Map<number, EthernetSwitch>();
  private readonly end = new AbortController();

  constructor({ nodes, recogniser, onLine, onEnded, ...hardware }: NodeSetOptions) {
    const host = {
      ...hardware,
      recogniser,
      network: (vlan: number) => this.network(vlan),
      onConsoleLine: (node: string, line: string) => onLine(node, line, 'console'),
      onErrorOutput: (node: string, text: string) => {
        for (const line of readable(text).trimEnd().split('\n')) onLine(node, line, 'errors');
      },
      onEnded,
      signal: this.end.signal,
    };
    this.nodes = new Map(nodes.map((node) => [node.name, new Node(node, host)]));
  }

  /** The last lines of a machine's journal, else of its console, for an error; empty if it has neither. */
  async lastLines(name: string | undefined, count: number): Promise<string> {
    const only = this.nodes.size === 1 ? [...this.nodes.keys()][0] : undefined;
    const node = this.nodes.get(name ?? only ?? '');
    const last = await node?.lastLines(count);
    return last ? `the last lines of the ${last.of} of ${node!.name}:\n${last.lines.map((line) => `  | ${line}`).join('\n')}` : '';
  }

  /** Ends all machines at once. */
  async close(): Promise<void> {
    await Promise.all([...this.nodes.values()].map((node) => node.close()));
    this.end.abort();
  }

  private network(vlan: number): EthernetSwitch {
    const known = this.networks.get(vlan) ?? new EthernetSwitch();
    this.networks.set(vlan, known);
    return known;
  }
}
