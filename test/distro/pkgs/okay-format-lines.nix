# Line breaks in the formats of lines: what is refused, and what a function of the caller's writes as it likes.
let
  lib = import ../../../distro/lib;
  pkgs = import ../../../distro/pkgs { inherit lib; archive = import ./archive.inc { }; };
  inherit (pkgs) formats;
  textOf = format: value:
    let file = format.generate "x" value; attempt = builtins.tryEval (builtins.deepSeq file.drvPath (builtins.head file.entries).text);
    in if attempt.success then attempt.value else "refused";
  ini = formats.ini { };
  duplicates = formats.ini { listsAsDuplicateKeys = true; };
  joined = formats.ini { listToValue = lib.concatStringsSep ","; };
  # Line breaks escaped, in quotes and indented.
  escaped = formats.ini { mkKeyValue = k: v: "${k}=${builtins.replaceStrings [ "\n" ] [ "\\n" ] v}"; };
  indented = formats.ini { mkKeyValue = k: v: "${k} = ${builtins.replaceStrings [ "\n" ] [ "\n  " ] v}"; };
  quoted = formats.keyValue { mkKeyValue = k: v: "${k}=\"${v}\""; };
  raw = formats.ini { mkKeyValue = k: v: "${k} = ${v}"; };
  withGlobal = formats.iniWithGlobalSection { };
  values = [ "a\nb" "a\rb" "a\r\nb" "\nb" "a\n" "a b" ];
in
{
  ini = map (v: textOf ini { s.k = v; }) values;
  keyValue = map (v: textOf (formats.keyValue { }) { k = v; }) values;
  duplicates = map (v: textOf duplicates { s.k = [ "x" v ]; }) values;
  joined = map (v: textOf joined { s.k = [ "x" v "y" ]; }) values;
  raw = map (v: textOf raw { s.k = v; }) values;
  custom = map (v: textOf (formats.ini { mkKeyValue = k: v: "${k}=${toString v}"; }) { s.k = [ "x" v ]; }) values;
  global = [ (textOf withGlobal { globalSection.k = "a\nb"; }) (textOf withGlobal { sections.s.k = "a\nb"; })
    (textOf withGlobal { globalSection.k = 1; sections.s.k = null; }) ];
  systemd = map (v: textOf formats.systemd { s.k = v; }) [ "a\nb" "a \\\nb" "a \\\\\nb" [ "a" "b" ] [ "a" "b\nc" ] ];
  git = map (textOf (formats.gitIni { })) [ { s.k = "a\nb"; } { s."k\nl" = 1; } { "s\nt".k = 1; } { s."u\nv".k = 1; } { s.u."k\nl" = 1; } ];
  keys = [ (textOf ini { s."k\nl" = 1; }) (textOf ini { "s\nt".k = 1; }) (textOf (formats.keyValue { }) { "k\nl" = 1; }) ];
  functions = [ (textOf escaped { s.k = "a\nb"; }) (textOf indented { s.k = "a\nb"; }) (textOf quoted { k = "a\nb"; }) ];
}
