# How different strings are: the number of characters that must be added, removed or changed (Levenshtein).
{ lib }:

let
  inherit (builtins) elemAt foldl' length seq stringLength substring;
  inherit (lib) min range;
in
rec {
  levenshtein =
    a: b:
    let
      chars = lib.stringToCharacters b;
      # One row after another; a row is the list of distances of a's prefix to every prefix of b.
      step =
        row: i:
        let
          c = substring i 1 a;
        in
        foldl' (
          done: char:
          let
            j = length done;
            d = min (min (elemAt row j + 1) (elemAt done (j - 1) + 1)) (
              elemAt row (j - 1) + (if c == char then 0 else 1)
            );
          in
          seq d (done ++ [ d ])
        ) [ (i + 1) ] chars;
    in
    lib.last (foldl' step (range 0 (stringLength b)) (range 0 (stringLength a - 1)));

  levenshteinAtMost =
    k: a: b:
    let
      difference = stringLength a - stringLength b;
    in
    difference <= k && -difference <= k && levenshtein a b <= k;
}
