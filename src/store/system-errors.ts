import { concerns, explainSystemError, systemFacts, type Place } from '../base/system-errors.ts';
import { spaceLeft } from '../system/file-operations.ts';

/** The store's folder, for error messages. */
export function storePlace(root: string): Place {
  return {
    folder: root,
    name: 'the store',
    domain: 'store',
    move: 'Set BOOTFLAKE_ROOT to a folder of yours.',
    left: () => spaceLeft(root),
  };
}

/**
 * Explains a failed system call on files of the store at `root`, or on an unnamed file, which within the store's own operations belongs to
 * the store. Any other failure (an unreadable source, a result link that cannot be made) is returned unchanged.
 */
export function explainStoreError(error: unknown, root: string): unknown {
  const facts = systemFacts(error);
  const place = storePlace(root);
  return facts && (facts.path === undefined || concerns(place, facts)) ? explainSystemError(error, [place], place) : error;
}
