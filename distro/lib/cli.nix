# Sets to command lines.
{ lib }:

rec {
  toGNUCommandLineShell = options: attrs: lib.escapeShellArgs (toGNUCommandLine options attrs);

  toCommandLineShell = optionFormat: attrs: lib.escapeShellArgs (toCommandLine optionFormat attrs);

  toCommandLine = optionFormat: attrs:
    let
      one = name: value:
        let f = optionFormat name;
            flag = if builtins.isString f then { option = f; sep = null; explicitBool = false; } else f;
            arg = (flag.formatArg or (lib.generators.mkValueStringDefault { })) value;
        in
        if builtins.isList value then builtins.concatMap (one name) value
        else if value == null then [ ]
        else if builtins.isBool value && !(flag.explicitBool or false) then (if value then [ flag.option ] else [ ])
        else if flag.sep or null == null then [ flag.option arg ]
        else [ (flag.option + flag.sep + arg) ];
    in
    builtins.concatLists (lib.mapAttrsToList one attrs);

  toGNUCommandLine =
    { mkOptionName ? (k: if builtins.stringLength k == 1 then "-${k}" else "--${k}")
    , mkBool ? (k: v: lib.optional v (mkOptionName k))
    , mkList ? (k: v: builtins.concatMap (mkOption k) v)
    , mkOption ? (k: v:
        if v == null then [ ]
        else if optionValueSeparator == null then [ (mkOptionName k) (lib.generators.mkValueStringDefault { } v) ]
        else [ "${mkOptionName k}${optionValueSeparator}${lib.generators.mkValueStringDefault { } v}" ])
    , optionValueSeparator ? null
    }:
    options:
    let render = k: v: if builtins.isBool v then mkBool k v else if builtins.isList v then mkList k v else mkOption k v;
    in builtins.concatLists (lib.mapAttrsToList render options);
}
