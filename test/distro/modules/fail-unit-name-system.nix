# The whole system says it of the option, too.
let system = import ./system.inc { services.openvpn.servers."a b".config = ""; };
in system.config.system.build.toplevel.drvPath
