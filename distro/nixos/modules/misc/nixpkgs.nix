# The package set that modules get as `pkgs`.
{
  config,
  options,
  lib,
  ...
}:

let
  cfg = config.nixpkgs;
  opt = options.nixpkgs;
  inherit (lib) mkOption types;

  platform = mkOption {
    type = types.either types.str types.attrs;
    example = "x86_64-linux";
    apply = (import ../../../pkgs/platform.nix { inherit lib; }).elaborate;
    description = "";
  };

  # Merges the configurations and package overrides of several modules.
  configType = types.mkOptionType {
    name = "nixpkgs-config";
    description = "nixpkgs config";
    descriptionClass = "noun";
    check = x: builtins.isAttrs x || lib.isFunction x;
    merge =
      _: defs:
      builtins.foldl' mergeConfigs { } (
        map (d: if lib.isFunction d.value then d.value { inherit lib; } else d.value) defs
      );
  };
  mergeConfigs =
    a: b:
    lib.recursiveUpdate a b
    // lib.optionalAttrs (a ? packageOverrides && b ? packageOverrides) {
      packageOverrides = pkgs: a.packageOverrides pkgs // b.packageOverrides pkgs;
    };

  withRepositories =
    given:
    if cfg.debian.repositories == { } then
      given
    else
      lib.recursiveUpdate given { debian.repositories = cfg.debian.repositories; };

  system = if opt.hostPlatform.isDefined then cfg.hostPlatform.system else cfg.system;
in
{
  options.nixpkgs = {
    pkgs = mkOption {
      type = types.pkgs;
      defaultText =
        lib.literalMD "the packages of the suite, with `nixpkgs.overlays` and `nixpkgs.config`";
      default = import ../../../pkgs {
        inherit lib system;
        config =
          lib.optionalAttrs (config.documentation.kept or [ ] != [ ]) {
            documentation = config.documentation.kept;
          }
          // withRepositories cfg.config;
        inherit (cfg) overlays;
        inherit (cfg.flake) source;
      };
      description =
        "The package set that modules get as `pkgs`. If set, `nixpkgs.overlays` add to it, and `nixpkgs.config` must not be set.";
    };

    config = mkOption {
      type = configType;
      default = { };
      example = lib.literalExpression "{ allowUnfree = true; }";
      description = "The configuration of the package set.";
    };

    debian.repositories = mkOption {
      type = types.attrsOf types.raw;
      default = { };
      example = lib.literalExpression ''
        {
          pgdg = inputs.pgdg;
          docker = { source = inputs.docker; packages = [ "docker-*" "containerd.io" ]; };
        }
      '';
      description =
        "Apt repositories beside Debian's archive: inputs of the flake whose url begins with `apt+https:`. Of a package that several "
        + "have, the highest version is taken, as by apt; `packages` says which ones count, with `*` for any characters.";
    };

    overlays = mkOption {
      type = types.listOf (
        types.mkOptionType {
          name = "nixpkgs-overlay";
          description = "nixpkgs overlay";
          descriptionClass = "noun";
          check = lib.isFunction;
          merge = lib.mergeOneOption;
        }
      );
      default = [ ];
      example =
        lib.literalExpression
          "[ (final: prev: { hello = prev.writeShellScriptBin \"hello\" \"echo hello\"; }) ]";
      description =
        "Functions `final: prev: { ... }` that change and extend the package set, applied in their order.";
    };

    hostPlatform = platform // {
      description = "The platform that the system runs on. Takes precedence over `nixpkgs.system`.";
    };
    buildPlatform = platform // {
      default = cfg.hostPlatform;
      defaultText = lib.literalExpression "config.nixpkgs.hostPlatform";
      description =
        "The platform that the system is built on. Building copies files only, so that any platform will do.";
    };
    localSystem = platform // {
      default = { inherit (cfg) system; };
      defaultText = lib.literalExpression "{ inherit (config.nixpkgs) system; }";
      internal = true;
      description = "An older form of `nixpkgs.hostPlatform`.";
    };
    crossSystem = mkOption {
      type = types.nullOr types.attrs;
      default = null;
      internal = true;
      description = "Not used: nothing is compiled.";
    };

    system = mkOption {
      type = types.str;
      default =
        if opt.hostPlatform.isDefined then
          cfg.hostPlatform.system
        else
          builtins.currentSystem or "x86_64-linux";
      defaultText = lib.literalMD "the `system` given to `lib.nixosSystem`";
      example = "x86_64-linux";
      description = "The platform that the system runs on.";
    };

    flake.source = mkOption {
      type = types.either types.path types.str;
      internal = true;
      description =
        "Where the distribution lies; `archive.json` in it names the suite and its state.";
    };
  };

  config = {
    _module.args.pkgs =
      if opt.pkgs.highestPrio < 1000 && cfg.overlays != [ ] then
        cfg.pkgs.appendOverlays cfg.overlays
      else
        cfg.pkgs;

    assertions = [
      {
        assertion = system == "x86_64-linux";
        message = "The machine's system is ${system} (${
          if opt.hostPlatform.isDefined then "nixpkgs.hostPlatform" else "nixpkgs.system"
        }), which is not available yet: machines are x86_64-linux.";
      }
      {
        assertion = opt.pkgs.highestPrio >= 1000 || cfg.config == { };
        message =
          "nixpkgs.config, set in ${lib.showFiles opt.config.files}, has no effect on a package set that is given (`pkgs' or "
          + "`nixpkgs.pkgs'). Remove the setting, or import that set with this configuration.";
      }
      {
        assertion = opt.pkgs.highestPrio >= 1000 || cfg.debian.repositories == { };
        message =
          "nixpkgs.debian.repositories, set in ${lib.showFiles opt.debian.repositories.files}, has no effect on a package set that is "
          + "given (`pkgs' or `nixpkgs.pkgs'). Remove the setting, or import that set with config.debian.repositories.";
      }
    ];
  };
}
