# Which options and packages of lists a distribution has.
#   options   names as NixOS's manual writes them, e.g. "users.users.<name>.uid"
#   packages  attributes of the package set, e.g. "python3Packages.requests"
{
  nixpkgs,
  options,
  packages,
}:

let
  inherit (nixpkgs) lib;
  system = nixpkgs.lib.nixosSystem {
    system = "x86_64-linux";
    modules = [ ];
  };
  # As configurations have it that use packages of all components.
  pkgs = import nixpkgs {
    system = "x86_64-linux";
    config.allowUnfree = true;
  };

  partsOf = name: lib.splitString "." name;

  # An option that is there so that setting it says why it has no effect.
  isInert =
    option:
    builtins.any (start: lib.hasPrefix start (toString (option.description or ""))) [
      "No effect: "
      "Not available: "
    ];

  isOption = value: value._type or null == "option";

  /* Whether a value of the type has the option `path` in it. */
  inType =
    type: path:
    if path == [ ] then
      true
    else if type.name == "nullOr" || type.name == "unique" || type.name == "uniq" then
      inType type.nestedTypes.elemType path
    else if type.name == "attrsOf" || type.name == "lazyAttrsOf" || type.name == "listOf" then
      # Lists write the elements that they do not name as <name>, too.
      inType
        type.nestedTypes.elemType
        (builtins.tail path)
    else if type.name == "either" then
      inType type.nestedTypes.left path || inType type.nestedTypes.right path
    else if type.name == "coercedTo" then
      inType type.nestedTypes.finalType path || inType type.nestedTypes.coercedType path
    else if type.name == "submodule" then
      inOptions (type.getSubOptions [ ]) path
      || type.nestedTypes ? freeformType && inType type.nestedTypes.freeformType path
    else
      builtins.elem type.name [ "attrs" "anything" "raw" "unspecified" "json" "lazyAttrs" ];

  /* Whether `path` leads into one of the options of a set, for a name that the list does not know. */
  inAny = set: path: builtins.any (name: inOptions set.${name} path) (builtins.attrNames set);

  /* Whether `path` leads from a set of options to one of them, or into the value of one. */
  inOptions =
    set: path:
    if isOption set then
      !isInert set && inType set.type path
    else if path == [ ] then
      # A set of options counts as one of them.
      true
    else
      let
        name = builtins.head path;
        rest = builtins.tail path;
      in
      if set ? ${name} then
        inOptions set.${name} rest
      else
        set ? "<name>" && inOptions set."<name>" rest || name == "<name>" && inAny set rest;

  /* A package that Debian lacks is an error that says so. */
  has =
    set: path:
    path == [ ]
    || builtins.isAttrs set
      && set ? ${builtins.head path}
      && (
        let
          tried = builtins.tryEval (
            let
              value = set.${builtins.head path};
            in
            builtins.seq (value.drvPath or null) value
          );
        in
        tried.success && has tried.value (builtins.tail path)
      );
in
{
  options = builtins.filter (name: !inOptions system.options (partsOf name)) options;
  packages = builtins.filter (name: !has pkgs (partsOf name)) packages;
}
