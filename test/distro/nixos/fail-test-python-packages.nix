let
  pkgs = import ../../../distro/pkgs { archive = import ../pkgs/archive.inc { }; };
in
(pkgs.testers.runNixOSTest {
  name = "web";
  nodes.machine = { };
  extraPythonPackages = p: [ p.requests ];
  testScript = "";
}).config.testScriptString
