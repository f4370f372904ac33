# Takes the place of nixpkgs' nixos/lib/testing-python.nix up to NixOS 22.05: that file, whose tests have our driver.
theirs: args:

let
  functions = theirs.value (args // {
    extraConfigurations = (args.extraConfigurations or [ ]) ++ [ ./machine.nix ];
  });
  inherit (functions.pkgs) lib;
  inherit (import ./description.nix { inherit lib; }) driverOf;

  makeTest =
    test:
    let
      made = functions.makeTest test;
      name = test.name or "unnamed";
      driver = driverOf {
        inherit name;
        script =
          if test.extraPythonPackages or null != null then
            throw
              "The test `${name}' cannot be run by bootflake: its script needs packages of Python (extraPythonPackages)."
          else if lib.isFunction test.testScript then
            test.testScript { inherit (made) nodes; }
          else
            test.testScript;
        ocr = test.enableOCR or false;
        globalTimeout = 3600;
        nodes = lib.mapAttrs (_: node: node.config) made.nodes;
      };
    in
    made
    // {
      inherit driver;
      driverInteractive = driver;
    };
in
functions
// {
  inherit makeTest;
  simpleTest = test: (makeTest test).test;
}
