{
  buildPythonApplication,
  bottle,
  setuptools,
  unittestCheckHook,
}:

buildPythonApplication {
  pname = "notes";
  version = "1.0";
  pyproject = true;
  src = ./.;
  build-system = [ setuptools ];
  dependencies = [ bottle ]; # of Debian
  nativeCheckInputs = [ unittestCheckHook ];
}
