import { BootflakeError } from '../base/errors.ts';
import { fileFacts, readText } from '../system/file-operations.ts';
import { checkDerivation } from '../nix-format/derivation-check.ts';
import { DerivationHasher } from '../nix-format/derivation-hash.ts';
import { parseDerivation } from '../nix-format/derivation-parser.ts';
import type { Derivation } from '../nix-format/derivation.ts';
import { storePathName } from '../nix-format/store-path.ts';
import { invalidPath } from './closure.ts';
import type { Store } from './store.ts';

/**
 * Checks a file that gets the store path of a derivation but was not written by `derivation`: by builtins.toFile, a copied file, a build's
 * output. As in Nix, every such file must be a derivation with correct output paths.
 */
export function admitDerivation(store: Pick<Store, 'isValidPath' | 'realPath'>, file: string, drvPath: string): void {
  if (fileFacts(file)?.type !== 'regular') {
    throw new BootflakeError({ code: 'store/forged-derivation', message: `'${drvPath}' is not a file, but has the name of a derivation` });
  }
  const drv = parse(readText(file), drvPath);
  checkDerivation(
    drv,
    drvPath,
    new DerivationHasher((path) => {
      if (!path.endsWith('.drv') || !store.isValidPath(path)) throw invalidPath(path);
      return parse(readText(store.realPath(path)), path);
    }),
  );
}

function parse(text: string | undefined, drvPath: string): Derivation {
  return parseDerivation(text ?? '', storePathName(drvPath).slice(0, -'.drv'.length));
}
