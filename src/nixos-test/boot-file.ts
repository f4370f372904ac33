import { BootflakeError } from '../base/errors.ts';
import { followInStore, type StoreView } from '../store/logical-path.ts';

/**
 * The physical path of a kernel or an initrd. In a system of NixOS both are links, which this machine's own kernel cannot follow; and qemu
 * is to read no file outside of the store. Throws `test/no-kernel`.
 */
export function bootFile(store: StoreView, path: string): string {
  const found = followInStore(store, path);
  if ('facts' in found && found.facts.type === 'regular') return store.realPath(found.path);
  throw new BootflakeError({
    code: 'test/no-kernel',
    message: `the machine cannot start: '${path}' leads to '${found.path}', which is no file of the store`,
    hint: 'Repair what is missing in the store: bootflake store verify --repair.',
  });
}
