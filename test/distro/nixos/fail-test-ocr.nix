let
  pkgs = import ../../../distro/pkgs { archive = import ../pkgs/archive.inc { }; };
in
(pkgs.testers.runNixOSTest {
  name = "screen";
  nodes.machine = { };
  enableOCR = true;
  testScript = "";
}).config.testScriptString
