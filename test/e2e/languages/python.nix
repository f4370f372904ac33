{ pkgs }:

let
  inherit (pkgs.python3Packages)
    buildPythonApplication
    buildPythonPackage
    flit-core
    hatchling
    packaging
    poetry-core
    pytestCheckHook
    setuptools
    ;
in
rec {
  greet = buildPythonPackage {
    pname = "greet";
    version = "0.3";
    pyproject = true;
    src = ./python/greet;
    build-system = [ setuptools ];
    dependencies = [ packaging ];
    pythonRelaxDeps = [ "packaging" ];
    pythonImportsCheck = [ "greet" ];
    postInstall = "install -D /dev/stdin $out/bin/greeter <<< '#!/bin/sh'";
  };
  hello = buildPythonApplication (final: {
    pname = "hello";
    version = "1.0";
    pyproject = true;
    src = ./python/hello;
    build-system = [ hatchling ];
    dependencies = [ greet ];
    nativeCheckInputs = [ pytestCheckHook ];
    disabledTests = [ "that_fails" ];
    pythonImportsCheck = [ final.pname ];
  });
  answer = buildPythonApplication {
    pname = "answer";
    version = "2";
    format = "setuptools";
    src = ./python/answer;
    makeWrapperArgs = [ "--set UNIT 'of the answer'" ];
    pythonImportsCheck = [ "answer" ];
  };
  flitted = buildPythonPackage {
    pname = "flitted";
    version = "1";
    pyproject = true;
    src = ./python/flitted;
    build-system = [ flit-core ];
  };
  poem = buildPythonPackage {
    pname = "poem";
    version = "1";
    pyproject = true;
    src = ./python/poem;
    build-system = [ poetry-core ];
  };
  otherBuildSystems =
    let
      python = pkgs.python3.withPackages (_: [ flitted poem ]);
    in
    pkgs.runCommand "other-build-systems" { } ''
      ${python}/bin/python3 -c 'import flitted, poem; print(flitted.NAME, poem.NAME)' > $out
    '';
  python = pkgs.python3.withPackages (_: [ greet ]);
  pythonRan = pkgs.runCommand "python-ran" { nativeBuildInputs = [ hello answer ]; } ''
    {
      hello a b
      answer c
      ${python}/bin/python3 -c 'import greet; print(greet.text() + ", in an environment")'
      type -p gcc || echo no compiler
    } > $out
  '';

  notRelaxed = greet.overridePythonAttrs { pythonRelaxDeps = [ ]; };
  notThere = greet.overridePythonAttrs (old: {
    dependencies = [ ];
    pythonRemoveDeps = [ "packaging" ];
    nativeBuildInputs = old.dependencies;
  });
  notDisabled = hello.overridePythonAttrs { disabledTests = [ ]; };
}
