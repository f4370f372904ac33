# Keyboard and font of the virtual consoles. A serial console has neither.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.console;
  inherit (import ../../lib/formats { inherit lib; }) assignments;
  setting =
    option:
    assignments.environmentFile {
      option = "console.${option}";
      file = "vconsole.conf";
    };
  hasKeyMap = cfg.keyMap != "us";
  wanted = hasKeyMap || cfg.font != null;

  # The layout of an X server in the form of the consoles, by the program of Debian's console-setup.
  xkbKeyMap =
    let
      inherit (config.services.xserver) xkb;
    in
    pkgs.runCommand
      "xkb.map"
      {
        nativeBuildInputs = [ pkgs.debianPackages.console-setup ];
        arguments = [
          "-model"
          xkb.model
          "-layout"
          xkb.layout
          "-variant"
          xkb.variant
          "-option"
          xkb.options
        ];
        __structuredAttrs = true;
      }
      ''
        ckbcomp "''${arguments[@]}" > "''${outputs[out]}"
      '';
in
{
  imports = [
    (import ../../lib/inert.nix { inherit lib; } [
      {
        path = [ "console" "earlySetup" ];
        type = types.bool;
        default = false;
        why = "layout and font are set before the login prompt, not in the initrd";
      }
    ])
  ];

  options.console = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the virtual consoles have login prompts.";
    };
    useXkbConfig = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether the layout is that of `services.xserver.xkb`, rather than `console.keyMap`'s.";
    };
    keyMap = mkOption {
      type = types.either types.str types.path;
      default = if cfg.useXkbConfig then "${xkbKeyMap}" else "us";
      defaultText = lib.literalExpression "\"us\", unless console.useXkbConfig is set";
      example = "de";
      description = ''
        The keyboard layout of the virtual consoles: a name from Debian's package console-data, or a file. `us` is built into the kernel;
        any other layout installs that package.
      '';
    };
    font = mkOption {
      type = types.nullOr (types.either types.str types.path);
      default = null;
      example = "Lat2-Terminus16";
      description =
        "The font of the virtual consoles: a name from Debian's packages console-setup-linux and console-data, or a "
        + "file. If null, the kernel's own.";
    };
    packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages that provide additional console fonts and keyboard layouts.";
    };
    colors = mkOption {
      type = types.listOf (types.strMatching "[[:xdigit:]]{6}");
      default = [ ];
      example = [
        "002b36"
        "dc322f"
        "859900"
        "b58900"
        "268bd2"
        "d33682"
        "2aa198"
        "eee8d5"
        "002b36"
        "cb4b16"
        "586e75"
        "657b83"
        "839496"
        "6c71c4"
        "93a1a1"
        "fdf6e3"
      ];
      description =
        "The 16 colours of the virtual consoles' palette, in hexadecimal (RRGGBB). If empty, the kernel's own.";
    };
  };

  config = {
    system.basePackages =
      lib.optionals wanted [ "kbd" "console-data" ]
      ++ lib.optional (cfg.font != null) "console-setup-linux";
    environment.systemPackages = cfg.packages;
    environment.etc =
      {
        "vconsole.conf".text =
          setting "keyMap" "KEYMAP" (toString cfg.keyMap)
          + lib.optionalString (cfg.font != null) (setting "font" "FONT" (toString cfg.font));
      }
      // lib.optionalAttrs (cfg.font != null) {
        # Debian's rule runs scripts that only console-setup generates.
        "udev/rules.d/90-console-setup.rules".source = "/dev/null";
      };

    # Debian's systemd is built without systemd-vconsole-setup.
    systemd.services.systemd-vconsole-setup = lib.mkIf wanted {
      description = "Virtual Console Setup";
      wantedBy = [ "multi-user.target" ];
      before = [ "getty.target" "getty@tty1.service" ];
      unitConfig.ConditionPathExists = "/dev/tty0";
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
      # A console without a screen cannot have a font (status 71, EX_OSERR). The configuration is right all the same.
      script =
        lib.optionalString
          hasKeyMap
          "loadkeys -q -u -C /dev/tty1 ${lib.escapeShellArg (toString cfg.keyMap)}\n"
        + lib.optionalString (cfg.font != null) ''
          for console in 1 2 3 4 5 6; do
            setfont -C /dev/tty$console ${lib.escapeShellArg (toString cfg.font)} || { status=$?; [ $status = 71 ] || exit $status; }
          done
        '';
    };

    boot.kernelParams = lib.optionals (cfg.colors != [ ]) (
      let
        channel =
          offset:
          "vt.default_${lib.elemAt [ "red" "grn" "blu" ] offset}="
          + lib.concatMapStringsSep "," (c: "0x${lib.substring (2 * offset) 2 c}") cfg.colors;
      in
      map channel [ 0 1 2 ]
    );
  };
}
