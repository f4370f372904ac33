/** Builds a derivation on another machine: its inputs are copied there, its outputs back. */
import { BootflakeError } from '../../base/errors.ts';
import type { BuildContext, Builder, BuildResult, BuiltOutput } from '../../builders/builder.ts';
import { BuildLimits } from '../../builders/process/limits.ts';
import { LogLines } from '../../builders/process/log-lines.ts';
import { copyTo } from '../../daemon/copy-to.ts';
import type { DaemonStore } from '../../daemon/daemon-store.ts';
import { isFixedOutput } from '../../nix-format/derivation.ts';
import { formatHash, sri } from '../../nix-format/hash.ts';
import { storePathName } from '../../nix-format/store-path.ts';
import { NarUnpacker } from '../../store/unpack-nar.ts';
import type { TakenMachine } from './machine-pool.ts';

/** `useSubstitutes`: the machine may fetch inputs from its own caches. */
export function remoteBuilder({ machine, store }: TakenMachine, useSubstitutes: boolean): Builder {
  return { name: machine.name, run: (context) => new RemoteBuild(machine.name, store, context, useSubstitutes).run() };
}

class RemoteBuild {
  private readonly derivation;

  constructor(
    private readonly machine: string,
    private readonly remote: DaemonStore,
    private readonly context: BuildContext,
    private readonly useSubstitutes: boolean,
  ) {
    this.derivation = context.derivation!;
  }

  async run(): Promise<BuildResult> {
    const { signal } = this.context;
    const inputs = this.derivation.inputs();
    const trusted = (await this.remote.connect(signal)) ?? true;
    await this.send(inputs);
    await this.build(inputs, trusted);
    const outputs: Record<string, BuiltOutput> = {};
    for (const name of Object.keys(this.context.outputs)) outputs[name] = await this.fetch(name, inputs);
    return { outputs };
  }

  private async send(paths: readonly string[]): Promise<void> {
    const { signal, progress } = this.context;
    const options = { signal, checkSignatures: false, substitute: this.useSubstitutes, hold: true, onProgress: progress };
    await copyTo(this.derivation.store, this.remote, paths, options).catch((error: unknown) => {
      throw this.failed(error, 'inputs cannot be copied to it: ');
    });
  }

  /** A machine that does not trust us builds only what it can check: the derivation itself, with all that it refers to. */
  private async build(inputs: readonly string[], trusted: boolean): Promise<void> {
    const { drvPath, signal, log } = this.context;
    const { drv, settings } = this.derivation;
    const direct = trusted || isFixedOutput(drv);
    if (!direct) await this.send([drvPath]);
    const stop = new AbortController();
    const lines = new LogLines(log);
    const limits = new BuildLimits(drvPath, settings, () => stop.abort(limits.exceeded));
    const onLine = (line: string): void => {
      lines.write(Buffer.from(`${line}\n`, 'utf8'));
      limits.output(lines.size);
    };
    const options = { listener: { onLogLine: onLine, onMessage: onLine }, signal: AbortSignal.any([signal, stop.signal]) };
    try {
      // As in Nix, the inputs' closure takes the place of the derivations that made them.
      const sources = drv.inputDrvs.size > 0 ? inputs : [...drv.inputSrcs].sort();
      const { ok, message } = direct
        ? await this.remote.buildDerivation(drvPath, drv, { inputs: sources, ...options })
        : await this.remote.buildStored(drvPath, options);
      // Its last lines are in our own log.
      if (!ok) throw this.failure(message.replace(/\n *Last [0-9]+ log lines:\n[^]*$/, ''));
    } catch (error) {
      if (limits.exceeded && !signal.aborted) throw limits.exceeded;
      throw this.failed(error);
    } finally {
      limits.stop();
    }
  }

  /** References are looked for here, as in what is built here; the hash and the size must be what the machine says. */
  private async fetch(name: string, inputs: readonly string[]): Promise<BuiltOutput> {
    const { outputs, outputFiles, signal, progress } = this.context;
    const path = outputs[name]!;
    const info = await this.remote.queryPathInfo(path, signal).catch((error: unknown) => {
      throw this.failed(error);
    });
    if (info === undefined) throw this.failure(`it made no output '${name}' at '${path}'`);
    const { narSize, narHash } = info;
    const id = `${this.machine} ${path}`;
    const unpacker = new NarUnpacker(outputFiles[name]!, { narSize, candidates: [...inputs, ...Object.values(outputs)] });
    progress({ type: 'start', id, activity: `copying ${storePathName(path)} from '${this.machine}'`, totalBytes: narSize });
    try {
      const take = (piece: Buffer): void => {
        unpacker.push(piece);
        progress({ type: 'advance', id, bytes: piece.length });
      };
      await this.remote.narFromPath(path, narSize, take, signal);
      const { sha256, references } = unpacker.finish();
      if (Buffer.compare(sha256, narHash.bytes) !== 0)
        throw new BootflakeError({
          code: 'daemon/hash-mismatch',
          message: `hash mismatch of '${path}' from '${this.machine}': specified ${formatHash(narHash, 'sri')}, got ${sri(sha256)}`,
          hint: 'The machine is broken or lies. Leave it out of the setting builders.',
        });
      return { narHash: sha256, narSize, references, canonical: true };
    } catch (error) {
      if (error instanceof BootflakeError && error.code === 'nix-format/bad-nar')
        throw new BootflakeError({
          code: 'daemon/bad-archive',
          message: `the archive of '${path}' from '${this.machine}' is broken: ${error.message}`,
          cause: error,
        });
      throw this.failed(error);
    } finally {
      unpacker.close();
      progress({ type: 'finish', id });
    }
  }

  /** What the machine refused, with its name; every other error as it is. */
  private failed(error: unknown, doing = ''): unknown {
    if (!(error instanceof BootflakeError) || error.code !== 'daemon/refused') return error;
    return this.failure(`${doing}${error.message}`, error);
  }

  private failure(why: string, cause?: BootflakeError): BootflakeError {
    return new BootflakeError({
      code: 'build/remote-failed',
      message: `build of '${this.context.drvPath}' on '${this.machine}' failed: ${why}`,
      trace: cause?.trace ?? [],
      cause,
      ...(/signature|privileged/.test(why) && { hint: 'Let the user of the connection be one of the trusted-users in nix.conf there.' }),
    });
  }
}
