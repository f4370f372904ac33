# The options of a test.
{
  config,
  options,
  lib,
  pkgs,
  source,
  ...
}:

let
  inherit (lib) mkOption types;

  names = lib.attrNames config.nodes;

  # Machines are numbered in the order of their names.
  evaluateNode =
    name: module:
    (import ../eval-config.nix {
      inherit lib source pkgs;
      system = null;
      specialArgs = config.node.specialArgs;
      prefix = [ "nodes" name ];
      # What a machine of a test is, which a specialisation without its configuration is, too.
      extraModules = [
        ./machine.nix
        ./network.nix
        {
          _file = ./options.nix;
          networking.hostName = lib.mkDefault name;
          virtualisation.test = {
            nodeName = name;
            nodeNumber = lib.lists.findFirstIndex (n: n == name) 0 names + 1;
          };
          virtualisation.additionalPaths = config.node.scriptReferences;
          system.basePackages = config.node.scriptPackages;
          _module.args.nodes = config.nodes;
        }
        config.extraBaseModules
      ];
      modules = [ config.defaults module ];
    }).config;

  # Before machines are built: the script has a variable for each.
  checkNames =
    descriptions:
    let
      variable = name: lib.replaceStrings [ "-" ] [ "_" ] descriptions.${name}.name;
      shared = lib.filter (same: builtins.length same > 1) (
        lib.attrValues (builtins.groupBy variable names)
      );
      strange = lib.filter (
        name: builtins.match "[A-Za-z0-9_][A-Za-z0-9_-]{0,62}" name == null
      ) names;
    in
    if strange != [ ] then
      throw (
        "nodes.${builtins.toJSON (lib.head strange)} is no name of a machine: it has other characters than letters, digits, `_' and `-', "
        + "or more than 63. Give it another name, and set its networking.hostName if necessary."
      )
    else if shared != [ ] then
      throw
        "The machines ${
          lib.concatMapStringsSep " and " (name: "`nodes.${name}'") (lib.head shared)
        } have the same name in the script, `${
          variable (lib.head (lib.head shared))
        }': that of their networking.hostName. Give them different ones."
    else
      descriptions;

  # `nodes.NAME` is a machine's configuration; older tests write `nodes.NAME.config`.
  withConfig = node: node // { config = node; };
in
{
  options = {
    name = mkOption {
      type = types.str;
      description = "The test's name.";
    };
    nodes = mkOption {
      type = types.lazyAttrsOf types.deferredModule;
      default = { };
      apply = lib.mapAttrs (name: module: withConfig (evaluateNode name module));
      description = "The machines: a module of the system for each.";
    };
    machine = mkOption {
      type = types.nullOr types.deferredModule;
      default = null;
      description = "The only machine, as older tests write `nodes.machine`.";
    };
    defaults = mkOption {
      type = types.deferredModule;
      default = { };
      description = "A module for all machines.";
    };
    extraBaseModules = mkOption {
      type = types.deferredModule;
      default = { };
      description = "A module for all machines, as `defaults`.";
    };
    node = {
      specialArgs = mkOption {
        type = types.lazyAttrsOf types.raw;
        default = { };
        description = "Module arguments of all machines that can be used in `imports`.";
      };
      scriptReferences = mkOption {
        type = types.listOf types.path;
        internal = true;
        description = "What the script refers to in the store, which all machines have.";
      };
      scriptPackages = mkOption {
        type = types.listOf types.str;
        internal = true;
        description =
          "The packages of the distribution that the script refers to. All machines have them with what they need.";
      };
      descriptions = mkOption {
        type = types.lazyAttrsOf types.raw;
        internal = true;
        description = "What the driver needs to know of each machine.";
      };
    };
    testScript = mkOption {
      type = types.either types.str (types.functionTo types.str);
      description = "The script in Python, or a function from `{ nodes, ... }` to it.";
    };
    testScriptString = mkOption {
      type = types.str;
      internal = true;
      description = "The script as text.";
    };
    globalTimeout = mkOption {
      type = types.ints.positive;
      default = 3600;
      description = "How many seconds the whole test may take.";
    };
    skipLint = mkOption {
      type = types.bool;
      default = false;
      description = "Without effect: scripts are not linted.";
    };
    skipTypeCheck = mkOption {
      type = types.bool;
      default = false;
      description = "Without effect: the types in scripts are not checked.";
    };
    extraPythonPackages = mkOption {
      type = types.functionTo (types.listOf types.raw);
      default = _: [ ];
      description = "Not available: the script has Python's own library only.";
    };
    enableOCR = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether the script can use the text on screens: `wait_for_text`, `get_screen_text` and `get_screen_text_variants`.";
    };
    interactive = mkOption {
      type = types.deferredModule;
      default = { };
      description = "A module of the test that applies to `bootflake test --interactive` only.";
    };
    meta = mkOption {
      type = types.lazyAttrsOf types.raw;
      default = { };
      description = "The derivation's `meta`.";
    };
    passthru = mkOption {
      type = types.lazyAttrsOf types.raw;
      default = { };
      description = "Further attributes of the derivation.";
    };
  };

  config = {
    nodes = lib.mkIf (config.machine != null) { machine = config.machine; };

    node.descriptions = checkNames (
      lib.mapAttrs (_: node: node.virtualisation.test.description) config.nodes
    );

    # The references alone: the machines are the same ones when the script's other text changes.
    node.scriptReferences = import ./script-references.nix {
      inherit lib;
    } (pkgs.writeText "test-script-references") config.testScriptString;

    # Of a script that is made from the machines, nothing: they would depend on themselves.
    node.scriptPackages =
      let
        withoutMachines = builtins.tryEval (
          (lib.toFunction config.testScript) {
            nodes = throw "The script is made from the machines.";
          }
        );
      in
      lib.optionals withoutMachines.success (pkgs.debianRoots [ withoutMachines.value ]);

    testScriptString =
      let
        packages = config.extraPythonPackages (
          throw
            "The test `${config.name}' cannot be run: its script needs packages of Python (extraPythonPackages). Remove the setting."
        );
        script =
          if lib.isFunction config.testScript then
            config.testScript { inherit (config) nodes; }
          else
            config.testScript;
      in
      if packages == [ ] then
        script
      else
        throw
          "The test `${config.name}' cannot be run: extraPythonPackages is not supported. Remove the setting.";
  };
}
