# An assertion of a service in a service, with its place.
(import ./system.inc {
  system.services.outer = {
    process.argv = [ "/bin/true" ];
    services.inner = { process.argv = [ "/bin/true" ]; assertions = [ { assertion = false; message = "Set a port."; } ]; };
  };
}).config.system.build.toplevel.drvPath
