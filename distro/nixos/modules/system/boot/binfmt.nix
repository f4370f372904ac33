# Programs that an interpreter runs: those of other processors by Debian's qemu, and what a configuration registers itself.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkDefault mkOption types;
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) flag;
  cfg = config.boot.binfmt;
  inherit (import ../../../lib/formats { inherit lib; }) text;
  magics = import ../../../lib/binfmt-magics.nix { inherit lib; };

  # Since Debian 13 these are static in any case, and called so.
  isStatic = lib.versionAtLeast pkgs.debianRelease.version "13";
  qemu = pkgs.debianPackages.${if isStatic then "qemu-user" else "qemu-user-static"};
  emulator =
    system: "/usr/bin/qemu-${magics.${system}.arch}${lib.optionalString (!isStatic) "-static"}";

  registration =
    { config, ... }:
    {
      options = {
        recognitionType = mkOption {
          type = types.enum [ "magic" "extension" ];
          default = "magic";
          description =
            "Whether programs are recognised by bytes in them or by the ends of their names.";
        };
        offset = mkOption {
          type = types.nullOr types.int;
          default = null;
          description = "Where the bytes are, counted from the begin of the file.";
        };
        magicOrExtension = mkOption {
          type = types.str;
          example = "\\x7fELF";
          description =
            "The bytes, with `\\x` before those that are written as numbers, or the end of a name without its dot.";
        };
        mask = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "Which bits of the bytes count, as many bytes as there are. If null, all.";
        };
        interpreter = mkOption {
          type = types.path;
          description = "The program that runs them. The kernel knows it as /run/binfmt/NAME.";
        };
        preserveArgvZero =
          flag false "Whether the interpreter gets the name that the program was called by.";
        openBinary = mkOption {
          type = types.bool;
          default = config.matchCredentials;
          defaultText = lib.literalMD "`matchCredentials`";
          description =
            "Whether the interpreter gets the program as an open file instead of its path.";
        };
        matchCredentials =
          flag
            false
            "Whether the rights are those of the program, such as its setuid bit, instead of the interpreter's.";
        fixBinary =
          flag
            false
            "Whether the interpreter is opened at once, so that programs in containers and changed roots have it, too.";
        wrapInterpreterInShell =
          flag true "Whether `interpreter` is a command of a shell instead of a program.";
        interpreterSandboxPath = mkOption {
          type = types.nullOr types.path;
          default = null;
          internal = true;
          description = "A path that Nix's sandbox has for the interpreter.";
        };
      };
    };

  # A line of binfmt.d(5), whose fields end at colons.
  line =
    name: r:
    let
      field =
        option:
        text.restrict "[^:[:space:][:cntrl:]]*" "colons, blanks or line breaks" {
          option = lib.showOption [ "boot" "binfmt" "registrations" name option ];
          file = "binfmt.d";
        };
      given = option: if r.${option} == null then "" else field option r.${option};
      called =
        text.restrict
          "[^:/[:space:][:cntrl:]]+"
          "colons, slashes, blanks or line breaks, nor be empty"
          {
            option = "a name in boot.binfmt.registrations";
            file = "binfmt.d";
          }
          name;
    in
    ":${
      lib.concatStringsSep ":" [
        called
        (if r.recognitionType == "magic" then "M" else "E")
        (toString r.offset)
        (given "magicOrExtension")
        (given "mask")
        "/run/binfmt/${called}"
        (
          lib.optionalString r.preserveArgvZero "P"
          + lib.optionalString (r.openBinary && !r.matchCredentials) "O"
          + lib.optionalString r.matchCredentials "C"
          + lib.optionalString r.fixBinary "F"
        )
      ]
    }\n";

  interpreter =
    name: r:
    if r.wrapInterpreterInShell then
      "${pkgs.writeShellScript "${name}-interpreter" "exec -- ${r.interpreter} \"$@\""}"
    else
      "${r.interpreter}";
  sandboxPaths = builtins.filter (path: path != null) (
    lib.mapAttrsToList (_: r: r.interpreterSandboxPath) cfg.registrations
  );
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "boot" "binfmtMiscRegistrations" ]
      [ "boot" "binfmt" "registrations" ]
    )
  ];

  options.boot.binfmt = {
    registrations = mkOption {
      type = types.attrsOf (types.submodule registration);
      default = { };
      example = lib.literalExpression ''
        { appimage = { magicOrExtension = "\\x7fELF....AI\\x02"; interpreter = "/usr/bin/appimage"; }; }
      '';
      description =
        "Kinds of programs that interpreters run, by names of your own: see binfmt.d(5).";
    };
    emulatedSystems = mkOption {
      type = types.listOf (types.enum (lib.attrNames magics));
      default = [ ];
      example = [ "aarch64-linux" ];
      description =
        "Systems whose programs qemu runs, also in containers. The package with its emulators takes 450 MB.";
    };
    addEmulatedSystemsToNixSandbox = mkOption {
      type = types.bool;
      default = true;
      description = "Whether Nix builds for `emulatedSystems` with their programs.";
    };
    preferStaticEmulators = mkOption {
      type = types.bool;
      default = true;
      description = "Whether emulators are static. Debian's always are.";
    };
  };

  config = lib.mkMerge [
    {
      assertions = [
        {
          assertion = cfg.preferStaticEmulators;
          message =
            "boot.binfmt.preferStaticEmulators is false, and Debian's emulators are all static. Remove the setting.";
        }
      ];
    }
    (lib.mkIf (cfg.emulatedSystems != [ ]) {
      environment.systemPackages = [ qemu ];
      boot.binfmt.registrations = lib.genAttrs cfg.emulatedSystems (system: {
        inherit (magics.${system}) magicOrExtension mask;
        interpreter = mkDefault (emulator system);
        preserveArgvZero = mkDefault true;
        fixBinary = mkDefault true;
        wrapInterpreterInShell = mkDefault false;
      });
      nix.settings = lib.mkIf (config.nix.enable && cfg.addEmulatedSystemsToNixSandbox) {
        extra-platforms = cfg.emulatedSystems ++ [ "i686-linux" ];
        extra-sandbox-paths = sandboxPaths;
      };
      assertions = [
        {
          assertion = !(lib.elem pkgs.stdenv.hostPlatform.system cfg.emulatedSystems);
          message =
            "boot.binfmt.emulatedSystems has ${pkgs.stdenv.hostPlatform.system}, the machine's own system. Remove it.";
        }
      ];
    })
    (lib.mkIf (cfg.registrations != { }) {
      assertions = lib.concatLists (
        lib.mapAttrsToList (
          name: r:
          let
            option = lib.showOption [ "boot" "binfmt" "registrations" name ];
          in
          [
            {
              assertion = !(r.fixBinary && r.wrapInterpreterInShell);
              message =
                "${option} has fixBinary, and its interpreter is a command of a shell. Set wrapInterpreterInShell = false.";
            }
            {
              assertion = !(r.matchCredentials && !r.openBinary);
              message =
                "${option} has matchCredentials, which needs openBinary. Remove openBinary = false.";
            }
          ]
        ) cfg.registrations
      );
      environment.etc."binfmt.d/nixos.conf".text = lib.concatStrings (
        lib.mapAttrsToList line cfg.registrations
      );
      systemd.tmpfiles.settings.binfmt =
        { "/run/binfmt".d.mode = "0755"; }
        // lib.mapAttrs' (
          name: r: lib.nameValuePair "/run/binfmt/${name}" { "L+".argument = interpreter name r; }
        ) cfg.registrations;
      systemd.services.systemd-binfmt = {
        overrideStrategy = "asDropin";
        after = [ "systemd-tmpfiles-setup.service" ];
        restartTriggers = [ (builtins.toJSON cfg.registrations) ];
      };
    })
  ];
}
