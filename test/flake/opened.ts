import type { TestContext } from 'node:test';
import { BootflakeError } from '../../src/base/errors.ts';
import { defaultFlakeOptions, type FlakeOptions } from '../../src/settings/options.ts';
import { openFlakeSession } from '../../src/session/session.ts';
import type { FlakeSession } from '../../src/session/session-types.ts';
import { Workspace } from './workspace.ts';
import { setEnvironment } from '../support/environment.ts';

export interface Opened {
  space: Workspace;
  warnings: string[];
  notes: string[];
  session(options?: Partial<FlakeOptions>): FlakeSession;
}

/** A workspace with these files, and sessions on it that are closed when the test ends. */
export function open(t: TestContext, files: Record<string, string>, repository?: string): Opened {
  const space = new Workspace();
  space.write(files);
  if (repository !== undefined) space.repository(repository);
  const sessions: FlakeSession[] = [];
  t.after(async () => {
    for (const session of sessions) await session.close();
  });
  setEnvironment(t, { XDG_CACHE_HOME: space.path('cache') });
  const opened: Opened = {
    space,
    warnings: [],
    notes: [],
    session(options = {}) {
      const session = openFlakeSession({
        store: space.store,
        cwd: space.folder,
        settings: { ...defaultFlakeOptions, ...options },
        signal: new AbortController().signal,
        onProgress: () => {},
        onNote: (line) => opened.notes.push(line),
        onWarning: (line) => opened.warnings.push(line),
        realise: async (items) => {
          throw new BootflakeError({ code: 'test/realise', message: `asked to realise ${items.join(' ')}` });
        },
      });
      sessions.push(session);
      return session;
    },
  };
  t.after(() => space.remove());
  return opened;
}
