/** The cases in which our wording differs from Nix's on purpose or results cannot be compared, each with its reason. */
export interface AcceptedDifference {
  reason: string;
  nix: RegExp;
  /** What our text must match; `$1` stands for what Nix's pattern captured, literally. Defaults to any text. */
  ours?: string;
  /** Default: both are errors. */
  kinds?: `${'value' | 'error' | 'lost'} ${'value' | 'error' | 'lost'}`;
}

export const accepted: readonly AcceptedDifference[] = [
  {
    reason: 'we name the value that needs itself, and where it was defined',
    nix: /^infinite recursion encountered/,
    ours: '^infinite recursion encountered',
  },
  { reason: 'our limit is the stack, not a number of calls', nix: /^stack overflow/, ours: '^the evaluation nests too deeply' },
  {
    reason: 'which of several arguments is missed first depends on how Nix numbers names',
    nix: /called without required argument/,
    ours: 'called without required argument',
  },
  {
    reason: 'as above, of attributes',
    nix: /^unsupported argument .* to 'builtins.path'$/,
    ours: "^unsupported argument .* to 'builtins.path'$",
  },
  { reason: 'as above', nix: /^attribute '.*' already defined at/, ours: "^attribute '.*' already defined at" },
  { reason: 'as above', nix: /called with unexpected argument/, ours: 'called with unexpected argument' },
  { reason: 'we say what was expected instead', nix: /^syntax error/, ours: '^syntax error' },
  { reason: 'functions without a name are called so', nix: /^function 'anonymous lambda' (.*)$/, ours: '^an anonymous function $1$' },
  {
    reason: 'we name the operator; which type Nix names depends on the other operand',
    nix: /^expected (?:an integer|a float) but found (.*)$/,
    ours: '^expected a number for `.` but found $1$',
  },
  { reason: 'we say what the set is wanted for', nix: /^expected a set but found (.*)$/, ours: '^expected a set .* but found $1$' },
  { reason: 'we show the value too', nix: /^(cannot add .* to (?:an integer|a float))$/, ours: '^$1: ' },
  { reason: 'we print the source, Nix prints its tree', nix: /^assertion '.*' failed$/, ours: "^assertion '.*' failed" },
  {
    reason: 'we keep the assertion itself in sight, and the way to the difference',
    nix: /is not equal to|differs from|is contained in|compare as unequal/,
    ours: "^assertion '.*' failed: .*(not equal|is contained|is missing|unequal)",
  },
  {
    reason: 'of several variables without a definition we name the first in the text',
    nix: /^undefined variable/,
    ours: '^undefined variable',
  },
  {
    reason: 'what to do is a hint, not a part of the message',
    nix: /^(file '.*' was not found in the Nix search path) \(add it/,
    ours: '^$1$',
  },
  { reason: 'as above', nix: /^(experimental Nix feature '.*' is disabled); add/, ours: '^$1$' },
  {
    reason: 'the same, of features that we have not at all',
    nix: /^experimental Nix feature ('.*') is disabled; add/,
    ours: 'the experimental Nix feature $1 is not supported$',
  },
  {
    reason: 'which of several wrong keys is met first depends on how Nix numbers names',
    nix: /^context key '.*' is not a store path$|^tried to add (?:all-outputs|derivation output) context/,
    ours: '^context key|^tried to add|^expected a (list|Boolean|set|string)',
  },
  { reason: 'another printer', nix: /^(JSON serialization error: )/, ours: '^$1' },
  {
    reason: 'another parser',
    nix: /^input string '.*' cannot be represented as Nix string because it contains null bytes/,
    ours: 'null byte',
  },
  { reason: 'another parser', nix: /^(cannot process __json attribute: )/, ours: '^$1' },
  {
    reason: '`derivation` is one of our builtins, where Nix has a file',
    nix: /«nix-internal»\/derivation-internal/,
    ours: "the built-in function 'derivation'|«primop derivation»",
  },
  { reason: 'our limit for regular expressions is another', nix: /^memory limit exceeded by regular expression/ },
  {
    reason: 'of several faults of a text, another is met first',
    nix: /^syntax error|^invalid (?:integer|float)|^attribute '.*' already defined|^path has a trailing slash|^duplicate formal/,
    ours: "^syntax error|^invalid (?:integer|float)|^attribute '.*' already defined|^path has a trailing slash|^duplicate formal",
  },
  { reason: 'the host has its own words for what cannot be put into a store', nix: /has an unsupported type$/, kinds: 'error lost' },
  {
    reason: 'a store looks into what is named like a derivation; evaluation alone has none',
    nix: /^error parsing derivation|^read of \d+ bytes: Is a directory/,
    kinds: 'error value',
  },
  { reason: 'as above', nix: /^error parsing derivation|^read of \d+ bytes: Is a directory|^derivation has incorrect output/ },
  {
    reason: "a real store's folder has no names that are no store paths; a store in memory, as of golden:nix, does not mind",
    nix: /too short to be a valid store path$|illegal base-32 character|is not a valid store path: name .* contains illegal character/,
    kinds: 'error value',
  },
  {
    reason: 'as above',
    nix: /too short to be a valid store path$|illegal base-32 character|is not a valid store path: name .* contains illegal character/,
  },
  {
    reason: 'nothing is built while fuzzing',
    nix: /'nixbld' specified|^Cannot build|platform mismatch/,
    kinds: 'error lost',
    ours: 'asked to build',
  },
  { reason: 'as above', nix: /is required, but there is no substituter/, kinds: 'error lost', ours: 'asked to build' },
  {
    reason: 'we say what is wrong with the flake reference',
    nix: /^flake reference '.*' is not an absolute path|^invalid URI query|^input '.*' is unsupported/,
    ours: '^(?:URL|flake reference|invalid|input) ',
  },
  { reason: 'as of arguments: which wrong attribute is met first', nix: /^(flake reference attribute sets may only contain)/, ours: '^$1' },
  { reason: 'as above', nix: /^cannot show unsupported input/, ours: '^input type .* is not supported$' },
  { reason: 'another parser', nix: /^\[json\.exception\./, ours: '^while decoding a JSON string: ' },
  { reason: 'another parser', nix: /^while parsing TOML: /, ours: '^while parsing TOML: ' },
  {
    reason: 'nix repl has a store that must hold what a context names; evaluation alone has none',
    nix: /is required, but there is no substituter/,
    kinds: 'error value',
  },
  { reason: 'as above', nix: /is required, but there is no substituter/ },
  { reason: 'the end of the text is reported too', nix: /^unsigned json number/, ours: 'unsigned json number' },
  {
    reason: 'invalid store paths are reported in one way',
    nix: /^'.*' is too short to be a valid store path/,
    ours: 'is not in the Nix store$',
  },
  {
    reason: 'the host has its own words for what cannot be read',
    nix: /^read of \d+ bytes: Is a directory|^cannot read directory/,
    ours: '(cannot be read|does not exist)$',
  },
  { reason: 'Nix names the path that would have been made', nix: /^path '.*' is not a valid store path: (.*)$/, ours: '^$1$' },
  {
    reason: 'we name the output as in other messages',
    nix: /^(files created by builtins.toFile may not reference derivations, but.*) references /,
    ours: '^$1 references ',
  },
  {
    reason: 'we say what is wrong with the number rather than with other versions of Nix',
    nix: /^Due to a bug .* the NixInt argument/,
    ours: '^the integer .* is too large for builtins\\.(floor|ceil)',
  },
  {
    reason: 'Nix reports the length of the undecoded text',
    nix: /^invalid (?:nix32|Base64|base64|base16|SRI) hash '(.*)', length \d/,
    ours: "hash '$1'",
  },
  { reason: 'BLAKE3 is experimental', nix: /blake3-hashes/, ours: 'blake3' },
  { reason: 'BLAKE3 is experimental', nix: /^unknown hash algorithm '(.*)', expect/, ours: "^unknown hash algorithm '$1', expect" },
];

/** Sets are compared. */
const setsCompared = /^\W*(rec )?\{[^]*\}\W*[!=]=\W*(rec )?\{[^]*\}\W*$/;

/** Differences that only show in the whole minimised expression. */
export const acceptedExpressions: readonly (AcceptedDifference & { expression: RegExp })[] = [
  {
    reason: '`derivation` is one of our builtins: its attributes are in no file',
    nix: /derivation-internal\.nix/,
    ours: 'null',
    kinds: 'value value',
    expression: /unsafeGetAttrPos[^]*derivation/,
  },
  {
    reason:
      'sets with other names differ whatever their values are; Nix evaluates values until it meets the name, in the order in which it ' +
      'learnt names',
    nix: /./,
    ours: '^(true|false)$',
    kinds: 'error value',
    expression: setsCompared,
  },
  { reason: 'the same, the other way round', nix: /^(true|false)$/, kinds: 'value error', expression: setsCompared },
  {
    reason: 'which attribute is evaluated first depends on how Nix numbers names',
    nix: /./,
    expression: /^\W*builtins\.flakeRefToString|deepSeq/,
  },
  { reason: 'as above', nix: /./, expression: setsCompared },
  { reason: 'as above', nix: /./, expression: /^\W*builtins\.path\W*\{[^]*(recursive =[^]*sha256 =|other =)/ },
  {
    reason: 'with which of the keys that it has met a new one is compared first depends on how the tree of Nix is balanced',
    nix: /^(cannot compare .*); values are/,
    ours: '^$1; values are',
    expression: /genericClosure/,
  },
];
