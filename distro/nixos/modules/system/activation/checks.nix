# What must succeed before there is a system: derivations that check its configuration.
{ lib, ... }:

{
  options.system.checks = lib.mkOption {
    type = lib.types.listOf lib.types.package;
    default = [ ];
    example =
      lib.literalExpression
        ''[ (pkgs.runCommand "no-secrets" { } "! grep -r secret ''${./.}; touch $out") ]'';
    description =
      "Packages that are built before the system, which does not contain them: each checks something of the configuration, and fails if "
      + "that is wrong.";
  };
}
