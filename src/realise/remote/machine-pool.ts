/**
 * Other machines, and the choice among them, as Nix's build-remote makes it: of those that can build something and have a place free, the
 * one with the least load for its speed. Places are locks, so that all processes of this store count together.
 */
import { mkdirSync } from 'node:fs';
import { BootflakeError } from '../../base/errors.ts';
import { DaemonStore } from '../../daemon/daemon-store.ts';
import { digestHex } from '../../nix-format/hash.ts';
import type { BuildSettings } from '../../settings/build-settings.ts';
import type { BuildMachine } from '../../settings/machines.ts';
import { tryLock } from '../../system/lock-file.ts';
import type { RemoteBuilds } from '../realise-types.ts';

/** What a derivation needs of a machine. */
export interface Needs {
  system: string;
  features: readonly string[];
}

/** A place on a machine. */
export interface TakenMachine {
  machine: BuildMachine;
  store: DaemonStore;
  release(): void;
}

/** Milliseconds after which places that other processes have taken are looked at again. */
const POLL = 1000;

interface Member {
  machine: BuildMachine;
  store: DaemonStore | undefined;
  /** By the number of the place: those that this process holds. */
  held: Set<number>;
  disabled: boolean;
}

export class MachinePool {
  private readonly members: Member[];
  private readonly waiting = new Set<() => void>();

  /** `folder`: for the locks; made when it is first needed. */
  constructor(
    readonly options: RemoteBuilds,
    private readonly folder: string,
    /** For a daemon of this host. */
    private readonly settings: Pick<BuildSettings, 'keepFailed' | 'maxSilentTime' | 'cores'>,
  ) {
    this.members = options.machines.map((machine) => ({ machine, store: undefined, held: new Set(), disabled: false }));
  }

  /** Whether a machine that can be used, and has places, builds such derivations. */
  fits(needs: Needs): boolean {
    return this.members.some((member) => canBuild(member, needs));
  }

  /** Takes a place on the best machine; undefined when none is free. */
  take(needs: Needs): TakenMachine | undefined {
    let best: { member: Member; load: number; place: Place } | undefined;
    for (const member of this.members) {
      if (!canBuild(member, needs)) continue;
      const found = this.freePlace(member);
      if (!found) continue;
      if (best && !isBetter(member.machine, found.load, best.member.machine, best.load)) {
        found.place.release();
        continue;
      }
      best?.place.release();
      best = { member, ...found };
    }
    if (!best) return undefined;
    const { member, place } = best;
    try {
      member.store ??= this.storeOf(member.machine);
    } catch (error) {
      place.release();
      this.disable(member.machine, error);
      return this.take(needs);
    }
    return {
      machine: member.machine,
      store: member.store,
      release: () => {
        place.release();
        this.notify();
      },
    };
  }

  /** The machine cannot be talked to: it gets no work any more, with a warning. */
  disable(machine: BuildMachine, error: unknown): void {
    const member = this.members.find((one) => one.machine === machine)!;
    if (!member.disabled) this.options.onWarning(`cannot build on '${machine.name}': ${(error as Error).message}`);
    member.disabled = true;
    this.notify();
  }

  /** A place may have become free, here or on a machine. */
  notify(): void {
    for (const wake of [...this.waiting]) wake();
  }

  /** Resolves after the next `notify`, and at the latest after a second. Rejects with the signal's reason. */
  async change(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, POLL);
      signal.addEventListener('abort', wake, { once: true });
      this.waiting.add(wake);
    });
    signal.throwIfAborted();
  }

  /** One line a machine: what it can build. */
  describe(): string[] {
    return this.members.map(({ machine, disabled }) => {
      const { name, systems, maxJobs, supportedFeatures, mandatoryFeatures } = machine;
      const list = (words: readonly string[]): string => `[${words.join(', ')}]`;
      const state = disabled ? ', which cannot be reached' : '';
      return `${name}: (${list(systems)}, ${maxJobs}, ${list(supportedFeatures)}, ${list(mandatoryFeatures)})${state}`;
    });
  }

  /** Ends all connections. */
  close(): void {
    for (const { store } of this.members) store?.close();
  }

  private storeOf({ uri, maxJobs }: BuildMachine): DaemonStore {
    const { env, connectTimeout, stalledAfter, useSubstitutes } = this.options;
    const daemon = { ...this.settings, useSubstitutes };
    return DaemonStore.at(uri, { env, connectTimeout, stalledAfter, daemon, maxConnections: maxJobs });
  }

  /** Takes the first free place. The load is counted up to there: places are taken from the first on. */
  private freePlace({ machine, held }: Member): { load: number; place: Place } | undefined {
    const name = digestHex('sha256', machine.uri).slice(0, 32);
    mkdirSync(this.folder, { recursive: true });
    let others = 0;
    for (let number = 0; number < machine.maxJobs; number++) {
      if (held.has(number)) continue;
      const lock = tryLock(`${this.folder}/${name}-${number}.lock`);
      if (!('release' in lock)) {
        others += 1;
        continue;
      }
      const load = held.size + others;
      held.add(number);
      const release = (): void => {
        if (held.delete(number)) lock.release();
      };
      return { load, place: { release } };
    }
    return undefined;
  }
}

interface Place {
  release(): void;
}

function canBuild({ machine, disabled }: Member, { system, features }: Needs): boolean {
  const { systems, maxJobs, supportedFeatures, mandatoryFeatures } = machine;
  return (
    !disabled &&
    maxJobs > 0 &&
    (system === 'builtin' || systems.includes(system)) &&
    features.every((feature) => supportedFeatures.includes(feature) || mandatoryFeatures.includes(feature)) &&
    mandatoryFeatures.every((feature) => features.includes(feature))
  );
}

function isBetter(one: BuildMachine, load: number, other: BuildMachine, otherLoad: number): boolean {
  const difference = load / one.speedFactor - otherLoad / other.speedFactor;
  if (difference !== 0) return difference < 0;
  return one.speedFactor === other.speedFactor ? load < otherLoad : one.speedFactor > other.speedFactor;
}

/** No machine can build a derivation. */
export function noMachine(drvPath: string, { system, features }: Needs, pool: MachinePool | undefined): BootflakeError {
  const lines = pool?.describe() ?? [];
  const known =
    lines.length === 0
      ? 'the setting builders names no other machine'
      : ['machines (systems, jobs, supported features, mandatory features):', ...lines.map((line) => `  ${line}`)].join('\n');
  return new BootflakeError({
    code: 'build/no-machine',
    message: `cannot find a machine to build '${drvPath}', which requires (${system}, [${features.join(', ')}]); ${known}`,
    hint: 'Increase max-jobs, or add a machine to the setting builders.',
  });
}
