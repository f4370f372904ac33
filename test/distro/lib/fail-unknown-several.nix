# All of them at once, without a look at what they are defined as.
let lib = import ../../../distro/lib; in
(lib.evalModules {
  adviseUnknown = loc: if builtins.head loc == "services" then "Ask for `${lib.last loc}'." else null;
  modules = [
    { options.networking.hostName = lib.mkOption { default = ""; }; options.services.ssh.enable = lib.mkEnableOption "ssh"; }
    ({ config, ... }: {
      networking.hostname = lib.mkDefault config.hardware.x;
      services.gitea = config.nothing.here;
      programs.foo = abort "evaluated";
    })
    { networking.hostname = "again"; hostName.deep = true; }
  ];
}).config
