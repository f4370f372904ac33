# What every evaluation declares under `_module`.
{ lib }:

let
  inherit (lib) mkOption types;

  declaration = options: [
    {
      file = "lib/modules/own-options.nix";
      from = null;
      inherit options;
    }
  ];

  options = {
    args = mkOption {
      type = types.lazyAttrsOf types.raw;
      description = ''
        Additional arguments passed to each module, beside `lib`, `config`, `options` and `specialArgs`, which it can't change.

        Submodules have arguments of their own; `name` is the attribute that a submodule is bound to. As these arguments are known
        only once all modules are, `imports` can't depend on them: what does must come from `specialArgs`.'';
    };
    check = mkOption {
      type = types.bool;
      default = true;
      internal = true;
      description = "Whether to check that all definitions have a declared option.";
    };
    freeformType = mkOption {
      type = types.nullOr types.optionType;
      default = null;
      internal = true;
      description =
        "The type that all definitions without an option of their own are merged with, as one value; null where there may be none.";
    };
    specialArgs = mkOption {
      readOnly = true;
      internal = true;
      description = "The arguments that are given from outside, which `imports` may depend on.";
    };
  };
in
{
  top = declaration options;
  # Documented once, not for each submodule.
  nested = declaration (options // { args = options.args // { internal = true; }; });
}
