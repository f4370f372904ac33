(import ./system.inc ({ lib, ... }: {
  system.activationScripts.a = lib.stringAfter [ "b" ] "";
  system.activationScripts.b = lib.stringAfter [ "a" ] "";
})).config.system.build.activationText
