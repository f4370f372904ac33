/** A process of its own that fetches one path: arguments are the folder, the cache's address and the path. */
import { join } from 'node:path';
import { Substituters } from '../../src/caches/substituters.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { LocalStore } from '../../src/store/local-store.ts';

const [folder = '', uri = '', path = '', key = ''] = process.argv.slice(2);
const settings = readSettings(
  { nixSettings: { substituters: uri, 'trusted-public-keys': key } },
  { NIX_CONF_DIR: '/nonexistent', HOME: folder },
);
const substituters = new Substituters({
  settings: settings.substituters,
  network: settings.network,
  cacheDir: join(folder, 'cache'),
  onWarning: (message) => console.error(message),
});
const store = LocalStore.open({ root: join(folder, 'root') });
const { signal } = new AbortController();
await substituters.substitute(store, path, await substituters.find(path, { signal }), { signal });
await substituters.close();
store.close();
