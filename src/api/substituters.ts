/** The binary caches of a run or of an open API object, opened when a path is first looked up. */
import type { Substituter } from '../realise/realise-types.ts';
import type { SubstituterSettings } from '../settings/substituter-settings.ts';
import { cacheDirectory } from '../system/cache-directory.ts';
import type { NetworkSettings } from '../system/network-settings.ts';
import type { Substituters } from '../caches/substituters.ts';

export interface SubstituterSources {
  settings: SubstituterSettings;
  network: NetworkSettings;
  env: NodeJS.ProcessEnv | undefined;
  offline: boolean;
  refresh: boolean;
  onWarning(message: string): void;
}

/** Keeps one set of caches for each combination of settings, so that all builds share what was looked up. */
export class SharedSubstituters {
  private readonly opened = new Map<string, Promise<Substituters>>();

  /** Returns undefined when the settings name no cache. */
  of(sources: SubstituterSources): Substituter | undefined {
    const { settings, network, offline, refresh } = sources;
    if (!settings.substitute || settings.substituters.length === 0) return undefined;
    const key = JSON.stringify([settings, { ...network, env: undefined }, offline, refresh]);
    const open = (): Promise<Substituters> => {
      const known = this.opened.get(key) ?? openSubstituters(sources);
      this.opened.set(key, known);
      return known;
    };
    return {
      find: async (path, options) => (await open()).find(path, options),
      substitute: async (store, path, candidates, options) =>
        (await open()).substitute(store, path, candidates as Parameters<Substituters['substitute']>[2], options),
    };
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    const all = [...this.opened.values()];
    this.opened.clear();
    for (const opened of await Promise.allSettled(all)) if (opened.status === 'fulfilled') await opened.value.close();
  }
}

async function openSubstituters({ settings, network, env, offline, refresh, onWarning }: SubstituterSources): Promise<Substituters> {
  const { Substituters } = await import('../caches/substituters.ts');
  return new Substituters({ settings, network, cacheDir: cacheDirectory(env), offline, refresh, onWarning });
}
