# Checks of the configuration as a whole. system.build.toplevel throws the messages of those that fail (lib.checkAssertWarn).
{ lib, ... }:

{
  options = {
    assertions = lib.mkOption {
      type = lib.types.listOf lib.types.unspecified;
      internal = true;
      default = [ ];
      example = [
        {
          assertion = false;
          message = "you can't enable this for that reason";
        }
      ];
      description =
        "Conditions that must be true for the evaluation of the system to succeed, each with the message that is shown otherwise.";
    };

    warnings = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      internal = true;
      default = [ ];
      example = [ "The `foo' service is deprecated and will go away soon!" ];
      description = "Messages that are shown when the system is evaluated, without stopping it.";
    };
  };
}
