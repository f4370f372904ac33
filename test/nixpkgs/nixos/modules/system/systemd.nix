{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.systemd = {
    package = mkOption { type = types.package; default = pkgs.systemd; };
    packages = mkOption { type = types.listOf types.package; default = [ ]; };
    units = mkOption {
      default = { };
      type = types.attrsOf (
        types.submodule {
          options = {
            text = mkOption { type = types.nullOr types.str; default = null; };
            wantedBy = mkOption { type = types.listOf types.str; default = [ ]; };
            enable = mkOption { type = types.bool; default = true; };
          };
        }
      );
    };
    services = mkOption {
      default = { };
      type = types.attrsOf (
        types.submodule {
          options = {
            description = mkOption { type = types.str; default = ""; };
            wantedBy = mkOption { type = types.listOf types.str; default = [ ]; };
            after = mkOption { type = types.listOf types.str; default = [ ]; };
            requires = mkOption { type = types.listOf types.str; default = [ ]; };
            script = mkOption { type = types.nullOr types.lines; default = null; };
            serviceConfig = mkOption { type = types.attrsOf types.anything; default = { }; };
          };
        }
      );
    };
  };
  config = {
    systemd.packages = [ pkgs.systemd pkgs.dbus pkgs.polkit ];
    systemd.units =
      lib.mapAttrs' (name: service: lib.nameValuePair "${name}.service" {
        inherit (service) wantedBy;
        text = ''
          [Unit]
          Description=${service.description}
          ${
            lib.concatMapStrings (unit: "After=${unit}\n") service.after
            + lib.concatMapStrings (unit: "Requires=${unit}\n") service.requires
          }
          [Service]
          ${
            lib.concatStrings (lib.mapAttrsToList (key: value: "${key}=${toString value}\n") service.serviceConfig)
            + lib.optionalString (service.script != null) "ExecStart=${pkgs.writeShellScript name service.script}\n"
          }
        '';
      }) config.systemd.services
      # Debian's units that need what this small system has not.
      // lib.genAttrs [
        "systemd-networkd.service" "systemd-pcrphase.service" "systemd-pcrphase-initrd.service" "systemd-pcrphase-sysinit.service"
        "systemd-firstboot.service" "proc-sys-fs-binfmt_misc.automount" "systemd-update-done.service" "ldconfig.service"
        "systemd-sysusers.service" "getty-static.service"
      ] (_: { enable = lib.mkDefault false; });
    environment.etc."systemd/system".source = pkgs.runCommand "system-units" { preferLocalBuild = true; } ''
      mkdir $out
      for package in ${toString config.systemd.packages}; do
        for unit in $package/lib/systemd/system/*; do
          name=$(basename $unit)
          if [ -d $unit ]; then
            mkdir -p $out/$name
            for link in $unit/*; do
              [ -e $link ] || [ -L $link ] || continue
              ln -sfn ../$(basename $link) $out/$name/$(basename $link)
            done
          else
            ln -sfn $unit $out/$name
          fi
        done
      done
      ${lib.concatStrings (lib.mapAttrsToList (name: unit:
        if unit.enable then
          let
            file = pkgs.writeText "unit-${lib.replaceStrings [ "@" ] [ "-" ] name}" unit.text;
            wants = target: "mkdir -p $out/${target}.wants; ln -sfn ../${name} $out/${target}.wants/${name}\n";
          in
          lib.optionalString (unit.text != null) "ln -sfn ${file} $out/${name}\n" + lib.concatMapStrings wants unit.wantedBy
        else "ln -sfn /dev/null $out/${name}\n") config.systemd.units)}
      ln -sfn multi-user.target $out/default.target
      mkdir -p $out/multi-user.target.wants
      ln -sfn ../getty.target $out/multi-user.target.wants/getty.target
      ln -sfn ../dbus.socket $out/multi-user.target.wants/dbus.socket
    '';
    environment.etc."systemd/system.conf".text = "[Manager]\nDefaultEnvironment=PATH=/run/current-system/sw/bin\n";
    environment.etc."systemd/journald.conf".text = "[Journal]\nStorage=volatile\n";
    environment.etc."systemd/logind.conf".text = "[Login]\n";
    environment.etc."udev/rules.d".source = pkgs.runCommand "udev-rules" { } ''
      mkdir $out
      for rule in ${pkgs.systemd}/lib/udev/rules.d/*; do ln -s $rule $out/; done
    '';
  };
}
