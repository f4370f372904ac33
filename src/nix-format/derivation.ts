/** Store derivations and their text form, ATerm. All strings are byte strings (one char per byte), so texts are byte exact. */
import { nixBase32Encode } from './base32.ts';
import { digest, digestHex } from './hash.ts';
import { makeTextPath, STORE_DIR } from './store-path.ts';

export interface DerivationOutput {
  /** The store path; '' while it is not known yet. */
  path: string;
  /** For a fixed output: `sha256`, `r:sha256` (hash of the NAR), `text:sha256`; else ''. */
  hashAlgo: string;
  /** For a fixed output: the digest in base 16; else ''. */
  hash: string;
}

export interface Derivation {
  /** The name in the store, without `.drv`. Not part of the text. */
  name: string;
  outputs: Map<string, DerivationOutput>;
  /** The store path of each input derivation and its required outputs. */
  inputDrvs: Map<string, string[]>;
  inputSrcs: string[];
  system: string;
  builder: string;
  args: string[];
  env: Map<string, string>;
}

/** Whether the derivation has one output whose content hash is given beforehand. */
export function isFixedOutput(drv: Derivation): boolean {
  return drv.outputs.size === 1 && drv.outputs.get('out') !== undefined && drv.outputs.get('out')!.hash !== '';
}

export interface UnparseOptions {
  /** Leave out the output paths, in `outputs` and in the environment, as they are to be computed. */
  maskOutputs?: boolean;
  /** Replaces `inputDrvs`; keyed by the inputs' hashes. */
  inputs?: Map<string, Iterable<string>>;
}

/** The text of a derivation, as Nix writes it into the store. */
export function unparseDerivation(drv: Derivation, options: UnparseOptions = {}): string {
  const mask = options.maskOutputs === true;
  let text = 'Derive([';
  let separator = '';
  for (const name of [...drv.outputs.keys()].sort()) {
    const output = drv.outputs.get(name)!;
    text += `${separator}(${quote(name)},"${mask ? '' : output.path}","${output.hashAlgo}","${output.hash}")`;
    separator = ',';
  }
  text += '],[';
  separator = '';
  const inputs: Map<string, Iterable<string>> = options.inputs ?? drv.inputDrvs;
  for (const path of [...inputs.keys()].sort()) {
    text += `${separator}("${path}",${stringList([...new Set(inputs.get(path)!)].sort())})`;
    separator = ',';
  }
  text += `],${stringList([...new Set(drv.inputSrcs)].sort())},${quote(drv.system)},${quote(drv.builder)},${stringList(drv.args)},[`;
  separator = '';
  for (const key of [...drv.env.keys()].sort()) {
    text += `${separator}(${quote(key)},${mask && drv.outputs.has(key) ? '""' : quote(drv.env.get(key)!)})`;
    separator = ',';
  }
  return `${text}])`;
}

/** Everything the .drv file refers to, sorted: its references in the store. */
export function derivationReferences(drv: Derivation): string[] {
  return [...new Set([...drv.inputDrvs.keys(), ...drv.inputSrcs])].sort();
}

/** The store path of the .drv file whose text is `aterm`. */
export function derivationPath(drv: Derivation, aterm: string, storeDir = STORE_DIR): string {
  return makeTextPath(`${drv.name}.drv`, digestHex('sha256', aterm), derivationReferences(drv), storeDir);
}

/** Returns the value of `builtins.placeholder OUTPUT`, which stands for the output's path until that is known. */
export function outputPlaceholder(output: string): string {
  return `/${nixBase32Encode(digest('sha256', `nix-output:${output}`))}`;
}

function stringList(items: readonly string[]): string {
  let text = '[';
  for (let i = 0; i < items.length; i++) text += (i > 0 ? ',' : '') + quote(items[i]!);
  return `${text}]`;
}

const SPECIAL = /["\\\n\r\t]/;
const SPECIAL_ALL = /["\\\n\r\t]/g;
const ESCAPES: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function quote(text: string): string {
  return SPECIAL.test(text) ? `"${text.replace(SPECIAL_ALL, (char) => ESCAPES[char]!)}"` : `"${text}"`;
}
