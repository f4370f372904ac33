{ config, lib, pkgs, ... }:
{
  options.environment.systemPackages = lib.mkOption { type = lib.types.listOf lib.types.package; default = [ ]; };
  options.environment.pathsToLink = lib.mkOption { type = lib.types.listOf lib.types.str; default = [ ]; };
  config.environment.systemPackages = with pkgs; [
    bash coreutils findutils gnugrep gnused gnutar gzip less procps kmod util-linux systemd dbus shadow sudo e2fsprogs zstd ncurses polkit
  ];
  config.environment.pathsToLink = [ "/bin" "/lib" "/share/dbus-1" "/share/polkit-1" "/share/terminfo" "/etc/dbus-1" ];
  config.system.build.path = pkgs.buildEnv {
    name = "system-path";
    paths = config.environment.systemPackages;
    inherit (config.environment) pathsToLink;
  };
}
