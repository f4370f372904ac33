# The system as one store path, system.build.toplevel. It consists of a few small trees: a changed line rebuilds only those it affects.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (config.system) build;
  inherit (import ../../../lib/formats { inherit lib; }) text;
  storeName =
    text.restrict "[a-zA-Z0-9+._?=-]+" "anything but letters, digits and `+-._?=', nor be empty" {
      option = "system.name";
      file = "the name of a store path";
    };

  kernel = config.boot.kernelPackages.kernel;

  # The upper layer of /usr, which activation makes: see programs/UsrLayer.pm. Each tree, set of packages and version of that program
  # has its own.
  others = build.packagesWithoutDebian;
  layer = lib.optionalString (!config.boot.isContainerImage) (
    "/nix/var/usr/${builtins.unsafeDiscardStringContext (baseNameOf "${build.tree}")}"
    + lib.optionalString
      (others != [ ])
      "-${
        builtins.substring 0 12 (
          builtins.hashString "sha256" (
            builtins.unsafeDiscardStringContext (toString others)
            + builtins.readFile ./programs/UsrLayer.pm
          )
        )
      }"
  );

  # Everything that the running system refers to; the packages among it make up its /usr.
  mentioned = [
    build.etc
    build.activationText
    build.usersSpec
    build.bootScript
    config.system.extraDependencies
    config.environment.systemPackages
  ];

  files =
    {
      # For scripts written for NixOS. All packages are in /usr.
      sw = { target = "/usr"; };
      usr-layer = { text = "${layer}\n" + lib.concatMapStrings (p: "${p}\n") others; };
      kernel-params = { text = lib.concatStringsSep " " config.boot.kernelParams; };
      etc = { target = "${build.etc}/etc"; };
      tree = { target = "${build.tree}"; };
      systemd = { target = "${build.tree}/usr"; };
      init = {
        text = build.bootScript;
        mode = "0555";
      };
      activate = {
        text = build.activationText;
        mode = "0555";
      };
      nixos-version = { text = config.system.nixos.label; };
      init-interface-version = { text = "2"; };
      system = { text = pkgs.stdenv.hostPlatform.system; };
    }
    // lib.optionalAttrs (!config.boot.isContainer) {
      kernel = { target = "${kernel.deb}/boot/vmlinuz-${kernel.modDirVersion}"; };
      initrd = { target = "${build.initialRamdisk}/initrd"; };
      kernel-modules = { target = "${kernel.deb}/${build.kernelModulesRoot}"; };
    }
    // lib.optionalAttrs (config.system.extraDependencies != [ ]) {
      extra-dependencies = {
        text = lib.concatMapStrings (
          path:
          "${text.line { option = "system.extraDependencies"; file = "a list of store paths"; } "${path}"}\n"
        ) config.system.extraDependencies;
      };
    };

  checked = lib.checkAssertWarn config.assertions config.warnings;
in
{
  imports = [
    (import ../../../lib/inert.nix { inherit lib; } [
      {
        path = [ "system" "extraSystemBuilderCmds" ];
        type = types.lines;
        default = "";
        refused = true;
        why = "no command is run while the system is put together. Use system.systemBuilderArgs";
      }
    ])
  ];

  options.system = {
    build = mkOption {
      default = { };
      description =
        "Derivations made from this configuration, such as `toplevel` and disk images. Modules may add their own.";
      type = types.submoduleWith {
        modules = [ { freeformType = types.lazyAttrsOf (types.uniq types.unspecified); } ];
      };
    };

    name = mkOption {
      type = types.str;
      default = if config.networking.hostName == "" then "unnamed" else config.networking.hostName;
      defaultText = lib.literalExpression "config.networking.hostName";
      description = "The name of the system, as used in the name of its store path.";
    };

    extraDependencies = mkOption {
      type = types.listOf types.pathInStore;
      default = [ ];
      example = lib.literalExpression ''[ "''${./data}" ]'';
      description =
        "Store paths that are part of the system although no file in it refers to them.";
    };

    systemBuilderArgs = mkOption {
      type = types.attrsOf types.unspecified;
      internal = true;
      default = { };
      description = "Further entries of the system's store path, by name: { text } or { target }.";
    };

    basePackages = mkOption {
      type = types.listOf types.str;
      internal = true;
      default = [ ];
      description =
        "Names of Debian packages that the system includes in addition to `environment.systemPackages`.";
    };

    copySystemConfiguration = mkOption {
      type = types.bool;
      default = false;
      description =
        "Not available: the source of a system from a flake is pinned by its lock file.";
    };
  };

  config = {
    assertions = [
      {
        assertion = !config.system.copySystemConfiguration;
        message =
          "system.copySystemConfiguration is not available: a flake's configuration is not one file. "
          + "Add `environment.etc.\"nixos\".source = self;' in the flake to have it in the image.";
      }
    ];

    system.build = {
      tree = pkgs.debianTree {
        name = "debian-${pkgs.debianRelease.suite}";
        packages = config.system.basePackages ++ pkgs.debianRoots mentioned;
        bare = lib.optional (!config.boot.isContainer) kernel;
        isMachine = true;
        unitPackages = builtins.filter utils.isDebianPackage config.systemd.packages;
        replacedUnits = lib.attrNames (
          lib.filterAttrs (
            _: u:
            u.enable && u.overrideStrategy != "asDropin" && u.text or null != null && u.text != ""
          ) config.systemd.units
        );
        alternatives = config.environment.alternatives;
        certificates = config.security.pki.certificateFiles;
        distrustedCertificates = config.security.pki.caCertificateBlacklist;
      };

      kernelModulesRoot = if lib.versionAtLeast pkgs.debianRelease.version "13" then "usr" else "";

      toplevel = checked (
        pkgs.builtinDerivation "tree" {
          name = "nixos-system-${storeName config.system.name}-${config.system.nixos.label}";
          entries = lib.mapAttrsToList (path: entry: { inherit path; } // entry) (
            files // config.system.systemBuilderArgs
          );
          ${if config.system.checks == [ ] then null else "passedChecks"} = map (
            check: "${check}"
          ) config.system.checks;
        }
      );
    };
  };
}
