# The options of a nixpkgs tree's modules whose place modules of the distribution take, and that those do not declare: file -> names.
# Renamed and removed ones, and those that NixOS's manual does not show, do not count.
{ nixpkgs, tree }:

let
  inherit (nixpkgs) lib;
  modules = "${nixpkgs}/nixos/modules/";
  theirModules = "${tree}/nixos/modules/";
  inherit (import "${nixpkgs}/nixos/lib/nixpkgs-modules.nix") replaced;
  ours = map (file: lib.removePrefix modules (toString file)) (import (modules + "module-list.nix"));
  theirs = map (file: lib.removePrefix theirModules (toString file)) (
    builtins.filter (file: builtins.isPath file || builtins.isString file) (
      import (theirModules + "module-list.nix")
    )
  );
  taken = builtins.filter (
    file: builtins.elem file ours || replaced ? ${file} || replaced ? "${dirOf file}/"
  ) theirs;

  system = nixpkgs.lib.nixosSystem {
    system = "x86_64-linux";
    modules = [ ];
  };
  pkgs = nixpkgs.legacyPackages.x86_64-linux;

  isOption = value: value._type or null == "option";
  isShown = option: !(option.internal or false) && (option.visible or true) != false;

  /* The sets of options in a type, below what its values have for each of their names. */
  setsIn =
    depth: type:
    if type.name == "submodule" then
      [ (type.getSubOptions [ ]) ]
    else if depth > 0 then
      lib.concatMap (setsIn (depth - 1)) (lib.attrValues (type.nestedTypes or { }))
    else
      [ ];

  /* Whether a value of the type may have any names; types of JSON nest in themselves. */
  isOpen =
    depth: type:
    builtins.elem type.name [ "attrs" "anything" "raw" "unspecified" "json" "lazyAttrs" ]
    || depth > 0 && lib.any (isOpen (depth - 1)) (lib.attrValues (type.nestedTypes or { }));

  tried = default: value:
    let
      result = builtins.tryEval (builtins.seq value value);
    in
    if result.success then result.value else default;

  /* The names of `theirs` that no option of the sets `ours` has. */
  lacking =
    at: theirs: ours:
    lib.concatLists (
      lib.mapAttrsToList (
        name: value:
        let
          path = at ++ [ name ];
          found = lib.concatMap (set: lib.optional (set ? ${name}) set.${name}) ours;
          options = builtins.filter isOption found;
          below = lib.concatMap (option: tried [ ] (setsIn 4 option.type)) options;
          isSettable = lib.any (option: isOpen 4 option.type) options;
        in
        if name == "_module" || name == "_freeformOptions" then
          [ ]
        else if isOption value then
          if !(tried false (isShown value)) then
            [ ]
          else if options == [ ] then
            [ (lib.concatStringsSep "." path) ]
          else if isSettable then
            [ ]
          else
            lib.concatMap (set: lacking (path ++ [ "<name>" ]) set below) (tried [ ] (setsIn 4 value.type))
        else if lib.any isOption found then
          # An option of ours for a set of theirs, such as settings.
          [ ]
        else
          lacking path value found
      ) theirs
    );

  optionsOf =
    file:
    (lib.evalModules {
      specialArgs.modulesPath = theirModules;
      modules = [
        {
          config._module = {
            check = false;
            args = {
              inherit pkgs;
              inherit (system._module.args) utils;
            };
          };
        }
        (theirModules + "misc/assertions.nix")
        (theirModules + file)
      ];
    }).options;
in
lib.filterAttrs (_: names: names != [ ]) (
  lib.genAttrs taken (file: lacking [ ] (optionsOf file) [ system.options ])
)
