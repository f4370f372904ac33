# As NixOS's modules of 2020 were: its users do not say what they are, and it uses what the base of NixOS has.
{ config, lib, pkgs, utils, ... }:
let
  cfg = config.services.hello;
in
{
  options.services.hello = {
    enable = lib.mkEnableOption "hello";
    package = lib.mkOption { default = pkgs.writeTextDir "bin/hello" ""; };
    script = lib.mkOption {
      default = pkgs.substituteAll { src = ./hello.sh; inherit (cfg) word; shell = pkgs.runtimeShell; isExecutable = true; };
    };
    word = lib.mkOption { type = lib.types.str; default = "hello"; };
  };
  config = lib.mkIf cfg.enable {
    users.users.hello = { uid = config.ids.uids.hello; home = "/var/lib/hello"; };
    users.users.other.uid = config.ids.uids.other;
    services.dbus.packages = [ cfg.package ];
    security.wrappers.hello = { source = "${cfg.package}/bin/hello"; owner = "root"; group = "root"; capabilities = "cap_net_raw+p"; };
    security.wrappers.plain.source = "${cfg.package}/bin/hello";
    systemd.services.hello = {
      wantedBy = [ "multi-user.target" ];
      environment.LD_LIBRARY_PATH = config.system.nssModules.path;
      serviceConfig.ExecStart = "${config.security.wrapperDir}/hello ${cfg.script} ${config.system.path}/bin/true";
      serviceConfig.User = "hello";
    };
  };
}
