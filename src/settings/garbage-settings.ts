/** Nix's settings for what the garbage collector keeps besides what roots refer to. */
import { readBoolean } from './setting-values.ts';

export interface GarbageSettings {
  /** The derivation that made a kept path. */
  keepDerivations: boolean;
  /** The outputs of a kept derivation. */
  keepOutputs: boolean;
}

/** `values`: all settings by name. Throws `flake/bad-settings`. */
export function readGarbageSettings(values: ReadonlyMap<string, string>): GarbageSettings {
  return {
    keepDerivations: readBoolean('keep-derivations', values.get('keep-derivations') ?? 'true'),
    keepOutputs: readBoolean('keep-outputs', values.get('keep-outputs') ?? 'false'),
  };
}
