# Nix's configuration: /etc/nix/nix.conf, machines that build, the registry of flakes and NIX_PATH. services/system/nix-daemon.nix has
# the daemon.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (builtins) isBool isList toJSON;
  inherit (lib) mkOption types;
  inherit (import ../../lib/option-makers.nix { inherit lib; }) strings;
  cfg = config.nix;
  inherit (import ../../lib/formats { inherit lib; }) text;

  atom = types.nullOr (
    types.oneOf [ types.bool types.int types.float types.str types.path types.package ]
  );
  settingAt = name: {
    option = lib.showOption [ "nix" "settings" name ];
    file = "/etc/nix/nix.conf";
  };
  textOf =
    value:
    if isBool value then
      lib.boolToString value
    else if isList value then
      lib.concatMapStringsSep " " textOf value
    else
      "${toString value}";
  setting =
    name:
    let
      at = settingAt name;
    in
    "${text.uncommentedWord at name} = ${text.line at (textOf cfg.settings.${name})}\n";
  # A setting `extra-NAME` adds to that of the name, which must stand before it.
  names = lib.partition (lib.hasPrefix "extra-") (
    builtins.filter (name: cfg.settings.${name} != null) (lib.attrNames cfg.settings)
  );

  # The names of options before NixOS 22.05 -> those of settings.
  renamed = {
    allowedUsers = "allowed-users";
    autoOptimiseStore = "auto-optimise-store";
    binaryCachePublicKeys = "trusted-public-keys";
    binaryCaches = "substituters";
    buildCores = "cores";
    maxJobs = "max-jobs";
    requireSignedBinaryCaches = "require-sigs";
    sandboxPaths = "extra-sandbox-paths";
    systemFeatures = "system-features";
    trustedBinaryCaches = "trusted-substituters";
    trustedUsers = "trusted-users";
    useSandbox = "sandbox";
  };

  listOf =
    type: description:
    mkOption {
      type = types.listOf type;
      inherit description;
    };

  machineType = types.submodule {
    options = {
      hostName = mkOption {
        type = types.str;
        example = "nixbuilder.example.org";
        description = "The machine's host name.";
      };
      protocol = mkOption {
        type = types.enum [ null "ssh" "ssh-ng" ];
        default = "ssh";
        description = "The protocol of the store there.";
      };
      system = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "x86_64-linux";
        description = "The system that the machine builds for.";
      };
      systems = strings "The systems that the machine builds for, in addition to `system`.";
      sshUser = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "builder";
        description = "The user there.";
      };
      sshKey = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "/root/.ssh/id_buildhost";
        description = "The path of the private key, which root must be able to read.";
      };
      maxJobs = mkOption {
        type = types.int;
        default = 1;
        description = "How many builds run there at once.";
      };
      speedFactor = mkOption {
        type = types.int;
        default = 1;
        description = "How fast the machine is, compared with the others.";
      };
      mandatoryFeatures = strings "Features that a derivation must need to be built there.";
      supportedFeatures = strings "Features that a derivation may need to be built there.";
      publicHostKey = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "The base64 form of the machine's public host key.";
      };
    };
  };
  machine =
    index: m:
    let
      at = attribute: {
        option = "nix.buildMachines.[${toString index}].${attribute}";
        file = "/etc/nix/machines";
      };
      word = attribute: text.word (at attribute) m.${attribute};
      orNone = attribute: if m.${attribute} == null then "-" else word attribute;
      list =
        attribute: values:
        if values == [ ] then
          "-"
        else
          lib.concatMapStringsSep "," (text.word (at attribute)) values;
    in
    lib.concatStringsSep " " [
      "${
        lib.optionalString (m.protocol != null) "${m.protocol}://"
      }${lib.optionalString (m.sshUser != null) "${word "sshUser"}@"}${word "hostName"}"
      (list "systems" (lib.optional (m.system != null) m.system ++ m.systems))
      (orNone "sshKey")
      (toString m.maxJobs)
      (toString m.speedFactor)
      (list "supportedFeatures" (m.mandatoryFeatures ++ m.supportedFeatures))
      (list "mandatoryFeatures" m.mandatoryFeatures)
      (orNone "publicHostKey")
    ]
    + "\n";

  referenceType = types.attrsOf (
    types.oneOf [ types.str types.int types.bool types.path types.package ]
  );
  registryType = types.submodule (
    { name, config, ... }:
    {
      options = {
        from = mkOption {
          type = referenceType;
          default = {
            type = "indirect";
            id = name;
          };
          defaultText = lib.literalMD "the attribute's name";
          description = "The flake reference that stands for another.";
        };
        to = mkOption {
          type = referenceType;
          example = {
            type = "github";
            owner = "my-org";
            repo = "my-nixpkgs";
          };
          description = "The flake reference that it stands for.";
        };
        flake = mkOption {
          type = types.nullOr (types.addCheck types.attrs (flake: flake ? outPath) // {
            description = "flake";
          });
          default = null;
          example = lib.literalExpression "inputs.nixpkgs";
          description = "The flake that it stands for, as an input.";
        };
        exact = mkOption {
          type = types.bool;
          default = true;
          description =
            "Whether `from` must be written as it stands, without a branch or a revision.";
        };
      };
      config.to = lib.mkIf (config.flake != null) (
        lib.mkDefault
          (
            {
              type = "path";
              path = "${config.flake.outPath}";
            }
            // lib.filterAttrs (
              name: _: lib.elem name [ "lastModified" "rev" "revCount" "narHash" ]
            ) config.flake
          )
      );
    }
  );
in
{
  imports =
    lib.mapAttrsToList (
      old: new: lib.mkRenamedOptionModule [ "nix" old ] [ "nix" "settings" new ]
    ) renamed
    ++ [
      (import ../../lib/inert.nix { inherit lib; } [
        {
          path = [ "nix" "checkAllErrors" ];
          type = types.bool;
          default = true;
          why = "settings that the machine's Nix does not know are reported by it";
        }
        {
          path = [ "nix" "checkConfig" ];
          type = types.bool;
          default = true;
          why = "settings that the machine's Nix does not know are reported by it";
        }
      ])
    ];

  options.nix = {
    settings = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf (types.either atom (types.listOf atom));
        options = {
          max-jobs = mkOption {
            type = types.either types.int (types.enum [ "auto" ]);
            default = "auto";
            description = "How many builds run at once; `auto` is one a processor.";
          };
          cores = mkOption {
            type = types.int;
            default = 0;
            description = "How many processors one build may use; 0 is all.";
          };
          auto-optimise-store = mkOption {
            type = types.bool;
            default = false;
            description = "Whether files of the same contents become one in the store.";
          };
          sandbox = mkOption {
            type = types.either types.bool (types.enum [ "relaxed" ]);
            default = true;
            description =
              "Whether builds see their inputs alone; `relaxed` lets a derivation say that it does not.";
          };
          extra-sandbox-paths = strings "Paths of the machine that builds see, too.";
          substituters = listOf types.str "The binary caches that are asked before a build.";
          trusted-substituters = strings "Binary caches that users who are not trusted may choose.";
          trusted-public-keys =
            listOf types.str "The keys of which one must have signed what a cache has.";
          require-sigs = mkOption {
            type = types.bool;
            default = true;
            description = "Whether what a cache has must be signed.";
          };
          trusted-users =
            listOf
              types.str
              "Users, and groups as `@GROUP`, who may choose caches and add unsigned paths.";
          allowed-users = mkOption {
            type = types.listOf types.str;
            default = [ "*" ];
            description = "Users, and groups as `@GROUP`, who may use the daemon.";
          };
          system-features = listOf types.str "What the machine has that derivations may need.";
        };
      };
      default = { };
      example = { experimental-features = [ "nix-command" "flakes" ]; };
      description = "Settings of /etc/nix/nix.conf by name, as in nix.conf(5).";
    };
    extraOptions = mkOption {
      type = types.lines;
      default = "";
      example = "keep-outputs = true";
      description = "Lines to append to /etc/nix/nix.conf.";
    };
    nixPath = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "nixpkgs=flake:nixpkgs" ];
      description = "Where `<NAME>` is looked for (`NIX_PATH`).";
    };
    channel.enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether channels of root are in NIX_PATH, as they are on NixOS by default.";
    };
    registry = mkOption {
      type = types.attrsOf registryType;
      default = { };
      example = lib.literalExpression "{ nixpkgs.flake = inputs.nixpkgs; }";
      description =
        "The flake registry of the machine: short names, and the flakes that they stand for.";
    };
    distributedBuilds = mkOption {
      type = types.bool;
      default = false;
      description = "Whether derivations are built on `nix.buildMachines`, too.";
    };
    buildMachines = mkOption {
      type = types.listOf machineType;
      default = [ ];
      description = "Other machines that build, if `nix.distributedBuilds` is set.";
    };
  };

  config = lib.mkMerge [
    (lib.mkIf cfg.enable {
      nix.settings = {
        trusted-public-keys = [
          "cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY="
        ];
        substituters = lib.mkAfter [ "https://cache.nixos.org/" ];
        trusted-users = [ "root" ];
        system-features = lib.mkDefault [ "nixos-test" "benchmark" "big-parallel" "kvm" ];
        builders = lib.mkIf (!cfg.distributedBuilds) null;
      };
      nix.nixPath = lib.mkIf cfg.channel.enable [
        "nixpkgs=/nix/var/nix/profiles/per-user/root/channels/nixpkgs"
        "/nix/var/nix/profiles/per-user/root/channels"
      ];
      environment.sessionVariables = lib.mkIf (cfg.nixPath != [ ]) {
        NIX_PATH =
          map
            (text.word {
              option = "nix.nixPath";
              file = "environment variables";
            })
            cfg.nixPath;
      };

      environment.etc = {
        "nix/nix.conf".text =
          lib.concatMapStrings setting names.wrong
          + lib.concatMapStrings setting names.right
          + cfg.extraOptions;
        "nix/registry.json".text = toJSON {
          version = 2;
          flakes = lib.mapAttrsToList (_: entry: { inherit (entry) from to exact; }) cfg.registry;
        };
        "nix/machines" = lib.mkIf (cfg.distributedBuilds && cfg.buildMachines != [ ]) {
          text = lib.concatStrings (lib.imap0 machine cfg.buildMachines);
        };
      };
    })
    (lib.mkIf (!cfg.enable) {
      warnings =
        let
          isSet = name: options.nix.${name}.isDefined && options.nix.${name}.highestPrio < 1000;
          set = builtins.filter isSet [
            "settings"
            "extraOptions"
            "nixPath"
            "registry"
            "distributedBuilds"
            "buildMachines"
          ];
        in
        lib.optional
          (set != [ ])
          "nix.${lib.head set} has no effect, because the machine has no Nix. Set nix.enable = true to have it, or remove the setting.";
    })
  ];
}
