# NixOS's tests: machines from modules and a script in Python, which `bootflake test` runs. A test is a derivation as in nixpkgs. The
# machines' images and the script are the result of its `driver`, a file test.json (src/nixos-test/description.ts); the test's own build
# fails and names the command, as no builder starts machines.
{
  lib,
  pkgs,
  source,
}:

let
  evaluate =
    modules:
    lib.evalModules {
      class = "nixosTest";
      modules = [
        ./options.nix
        {
          _file = ./default.nix;
          _module.args = {
            inherit pkgs source;
            hostPkgs = pkgs;
          };
        }
      ] ++ modules;
    };

  description = config: {
    schema = 1;
    inherit (config) name globalTimeout;
    script = config.testScriptString;
    ocr = config.enableOCR;
    # Reaches the store as a whole.
    driver = "${./driver}";
    nodes = map (name: config.node.descriptions.${name}) (lib.attrNames config.nodes);
  };

  driverOf =
    config:
    pkgs.writeTextFile {
      name = lib.strings.sanitizeDerivationName "nixos-test-driver-${config.name}";
      destination = "/test.json";
      text = builtins.toJSON (description config);
    };

  toTest =
    evaluation:
    let
      inherit (evaluation) config;
      driver = driverOf config;
    in
    pkgs.builtinDerivation "nixos-test" {
      name = lib.strings.sanitizeDerivationName "vm-test-run-${config.name}";
      # The test is another one when its machines are; they are not built before it fails.
      driver = builtins.unsafeDiscardStringContext driver.drvPath;
      inherit (config) meta;
      passthru = config.passthru // {
        inherit driver config;
        inherit (evaluation) options;
        inherit (config) nodes;
        driverInteractive =
          driverOf (evaluation.extendModules { modules = [ config.interactive ]; }).config;
        extend = args: toTest (evaluation.extendModules args);
      };
    };
  # The tree of nixpkgs that a file is a test of, or null.
  treeOf =
    path:
    let
      found = builtins.match "(.*)/nixos/tests/.*" (toString path);
    in
    if found == null then null else lib.head found;
  # What the distribution has not itself comes from the modules of the same tree.
  modulesOf =
    path:
    let
      tree = treeOf path;
    in
    lib.optional (tree != null && builtins.pathExists "${tree}/nixos/modules/module-list.nix") (
      import ../from-nixpkgs.nix { inherit lib; } (/. + tree)
    );
  isOlderThan =
    version: path:
    let
      file = "${treeOf path}/.version";
    in
    treeOf path != null
    && builtins.pathExists file
    && lib.versionOlder (lib.removeSuffix "\n" (builtins.readFile file)) version;

  # The value of a test's file, whose functions that make tests of NixOS are ours.
  loadFile =
    path:
    let
      # Attributes that are no options are the file's own: older files have them, and nixpkgs' functions ignored them.
      known = (evaluate [ ]).options // lib.genAttrs [ "imports" "options" "config" ] (_: null);
      makeTest = test: if lib.isFunction test then test else builtins.intersectAttrs known test;
      makers = {
        "make-test-python.nix" =
          test:
          { system, pkgs, ... }@args:
          makeTest (
            if lib.isFunction test then
              test (args // {
                inherit pkgs;
                inherit (pkgs) lib;
              })
            else
              test
          );
        "make-test.nix" =
          _:
          throw
            "`${toString path}' is a test in Perl, which NixOS has not run since 20.09. Its script is to be written in Python.";
        "testing-python.nix" = _: {
          inherit makeTest;
          simpleTest = makeTest;
          runTest = module: module;
        };
      };
      # Those of the suite, of which files make a test for each.
      servers = lib.filterAttrs (_: package: (builtins.tryEval package.name).success) (
        lib.getAttrs (map (major: "postgresql_${toString major}") (lib.range 13 18)) pkgs
      );
      # nixpkgs' tests import one another.
      isOfTests =
        file: lib.hasPrefix "${dirOf (toString path)}/" file || lib.hasInfix "/nixos/tests/" file;
      load = builtins.scopedImport {
        import =
          file:
          let
            text = toString file;
          in
          if lib.hasSuffix "/pkgs/servers/sql/postgresql" text then
            _: servers
          else
            makers.${baseNameOf text} or (if isOfTests text then load file else import file);
      };
      loaded = load path;
      # A file may be a function to what makes its tests, as nixpkgs calls it: { system, pkgs, ... }.
      takes = if lib.isFunction loaded then builtins.functionArgs loaded else { };
    in
    if takes ? system then
      loaded (
        builtins.intersectAttrs takes {
          inherit pkgs lib;
          inherit (pkgs) system config;
          callTest = test: test;
        }
      )
    else
      loaded;
  isTest =
    test:
    lib.isFunction test
    || lib.any (name: test ? ${name}) [ "testScript" "nodes" "machine" "imports" "config" ];
in
rec {
  /* A test from a module, or its path. */
  runNixOSTest = module: toTest (evaluate [ module ]);

  /* A test from a set, a function of the package set, or the path of one. */
  nixosTest =
    test:
    let
      loaded = if builtins.isPath test || builtins.isString test then import test else test;
    in
    runNixOSTest {
      _file = if builtins.isPath test || builtins.isString test then test else ./default.nix;
      config = lib.toFunction loaded pkgs;
    };

  /*
    The attributes of a file's value that are tests, "a.b" below `attribute`; "" is the value itself. What is no test and no set of them is
    not there.
  */
  testNamesOfFile =
    { path, attribute }:
    let
      below =
        parts: value:
        if !(builtins.isAttrs value || lib.isFunction value) then
          [ ]
        else if isTest value then
          [ (lib.concatStringsSep "." parts) ]
        else
          lib.concatLists (lib.mapAttrsToList (name: below (parts ++ [ name ])) value);
      parts = if attribute == "" then [ ] else lib.splitString "." attribute;
    in
    below parts (lib.attrByPath parts { } (loadFile path));

  /*
    The test of a file: a module, a function of the package set as nixosTest takes it, or one of nixpkgs' own files, whose functions that
    make tests of NixOS become ours.
  */
  testOfFile =
    { path, attribute }:
    let
      all = loadFile path;
      names = lib.attrNames (
        lib.filterAttrs (_: isTest) (if builtins.isAttrs all then all else { })
      );
      noTest =
        throw
          "`${toString path}' is no test: its value has neither `nodes' nor `testScript'. Write a set or module that has both.";
      made =
        if attribute != "" then
          lib.attrByPath
            (lib.splitString "." attribute)
            (throw
              "`${toString path}' has no test `${attribute}'. It has: ${lib.concatStringsSep ", " names}."
            )
            all
        else if isTest all then
          all
        else if names == [ ] then
          noTest
        else
          throw (
            "`${toString path}' has several tests: ${lib.concatStringsSep ", " names}. "
            + "Name one: bootflake test ${toString path}#${lib.head names}"
          );
    in
    runNixOSTest {
      _file = path;
      imports = [ made ];
      # Before 23.05 a test needed no name.
      config.name = lib.mkDefault (
        if attribute != "" then
          attribute
        else
          lib.removeSuffix ".nix" (
            baseNameOf (if baseNameOf path == "default.nix" then dirOf path else path)
          )
      );
      config.extraBaseModules.imports =
        lib.optional (treeOf path != null) ./nixos-commands.nix
        ++ modulesOf path
        ++ lib.optional (isOlderThan "24.11" path) ./network-online.nix;
    };
}
