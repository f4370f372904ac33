/** Every builtin, assembled from its family's table; the reference of builtins is generated from this list. */
import type { BuiltinDef } from '../value.ts';
import { arithmeticBuiltins } from './arithmetic.ts';
import { attrsetBuiltins } from './attrsets.ts';
import { constantBuiltins } from './constants.ts';
import { contextBuiltins } from './context.ts';
import { conversionBuiltins } from './conversion.ts';
import { debianBuiltins } from './debian.ts';
import { debugBuiltins } from './debug.ts';
import { derivationBuiltins } from './derivation.ts';
import { environmentBuiltins } from './environment.ts';
import { fetchBuiltins } from './fetch.ts';
import { flakeBuiltins } from './flakes.ts';
import { genericClosureBuiltins } from './generic-closure.ts';
import { hashBuiltins } from './hashes.ts';
import { importBuiltins } from './import.ts';
import { located } from './located.ts';
import { listBuiltins } from './lists.ts';
import { pathBuiltins } from './paths.ts';
import { regexBuiltins } from './regex.ts';
import { sortBuiltins } from './sorting.ts';
import { storeFileBuiltins } from './store-files.ts';
import { stringBuiltins } from './strings.ts';
import { tomlBuiltins } from './toml.ts';
import { typeBuiltins } from './types.ts';
import { versionBuiltins } from './versions.ts';

export const allBuiltins: readonly BuiltinDef[] = [
  ...constantBuiltins,
  ...typeBuiltins,
  ...arithmeticBuiltins,
  ...listBuiltins,
  ...sortBuiltins,
  ...genericClosureBuiltins,
  ...attrsetBuiltins,
  ...stringBuiltins,
  ...regexBuiltins,
  ...versionBuiltins,
  ...located(hashBuiltins),
  ...contextBuiltins,
  ...conversionBuiltins,
  ...tomlBuiltins,
  ...located(pathBuiltins),
  ...located(storeFileBuiltins),
  ...located(importBuiltins),
  ...derivationBuiltins,
  ...located(fetchBuiltins),
  ...located(flakeBuiltins),
  ...debugBuiltins,
  ...environmentBuiltins,
  ...located(debianBuiltins),
];
