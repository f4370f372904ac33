# buildPythonPackage and buildPythonApplication: software in Python over Debian's interpreter and modules. A wheel is built (PEP 517) and
# installed in Debian's layout; see hook.sh.
{ lib, self }:

let
  inherit (builtins) elem isAttrs removeAttrs;

  python = self.python3;
  inherit (python) pythonVersion sitePackages;
  debian = name: self.debianPackages.${name};

  hook =
    name: files:
    self.writeTextFile {
      inherit name;
      destination = "/nix-support/setup-hook";
      text = ''
        pythonTools=${./tools.py}
        pythonSitePackages=${sitePackages}
      '' + lib.concatMapStrings builtins.readFile files;
    };
  phases = hook "python-hook" [ ./programs.sh ./hook.sh ];

  formats = [ "setuptools" "pyproject" "wheel" "other" ];
  # What nixpkgs gives to hooks that are not here.
  refused = {
    setupPyBuildFlags = "Give `pypaBuildFlags = [ \"--config-setting=--build-option=...\" ]'.";
    setupPyGlobalFlags = "Give `pypaBuildFlags = [ \"--config-setting=--global-option=...\" ]'.";
  };
  # Attributes of nixpkgs' function that no build gets as they are.
  ours = [
    "build-system"
    "catchConflicts"
    "checkInputs"
    "dependencies"
    "disabled"
    "doCheck"
    "format"
    "nativeCheckInputs"
    "optional-dependencies"
    "pyproject"
    "pythonPath"
  ];

  attributesOf =
    kind: override: args:
    let
      name = args.name or (if args ? pname then "${args.pname}-${args.version or "0"}" else null);
      title = "pkgs.python3Packages.${kind} (`${args.pname or args.name or "?"}')";
      format =
        if args ? format && args ? pyproject && args.pyproject != null && args.format != null then
          throw "${title}: `pyproject' and `format' are both given. Leave `format' out."
        else if args.pyproject or null != null then
          (if args.pyproject then "pyproject" else "other")
        else
          (if args.format or null == null then "setuptools" else args.format);
      bad = lib.findFirst (attribute: args ? ${attribute}) null (builtins.attrNames refused);
      checked = args.doCheck or true;
    in
    if name == null then
      throw "pkgs.python3Packages.${kind}: neither `name' nor `pname' is given"
    else if args.disabled or false then
      throw
        "${title} is disabled for Python ${pythonVersion}, the only one of Debian ${self.debianRelease.suite}"
    else if !(elem format formats) then
      throw
        "${title}: the format `${toString format}' is unknown. Give `pyproject = true' or one of ${lib.concatStringsSep ", " formats}."
    else if bad != null then
      throw "${title}: `${bad}' is not supported. ${refused.${bad}}"
    else
      removeAttrs args ours
      // {
        name = (if kind == "buildPythonPackage" then "python${pythonVersion}-" else "") + name;
        nativeBuildInputs =
          [ phases self.makeWrapper ]
          ++ lib.optionals (format != "other") [
            (debian "python3-installer")
            (debian "python3-packaging")
          ]
          ++ lib.optional (elem format [ "setuptools" "pyproject" ]) (debian "python3-build")
          ++ lib.optionals (format == "setuptools") [
            (debian "python3-setuptools")
            (debian "python3-wheel")
          ]
          ++ args.build-system or [ ]
          ++ args.nativeBuildInputs or [ ];
        buildInputs = args.buildInputs or [ ] ++ args.pythonPath or [ ];
        propagatedBuildInputs =
          args.propagatedBuildInputs or [ ] ++ args.dependencies or [ ] ++ [ python ];
        # nixpkgs' interpreter has its headers.
        debianBuildPackages = args.debianBuildPackages or [ ] ++ [
          "libpython3-dev"
          "python3-minimal"
        ];
        pythonFormat = format;
        # The package's own hook finds them wrapped.
        postFixup =
          lib.optionalString (!(args.dontWrapPythonPrograms or false)) "wrapPythonPrograms\n"
          + args.postFixup or "";
        # As in nixpkgs, what is installed is what is checked.
        doCheck = false;
        doInstallCheck = checked;
        nativeInstallCheckInputs =
          args.nativeInstallCheckInputs or [ ] ++ args.nativeCheckInputs or [ ];
        installCheckInputs = args.installCheckInputs or [ ] ++ args.checkInputs or [ ];
        passthru =
          {
            inherit (override) overridePythonAttrs;
            optional-dependencies = args.optional-dependencies or { };
            dependencies = args.dependencies or [ ];
          }
          // lib.optionalAttrs (kind == "buildPythonPackage") { pythonModule = python; }
          // args.passthru or { };
        meta = {
          mainProgram = args.pname or name;
        } // args.meta or { };
      };

  build =
    kind: given:
    let
      toArgs = final: if lib.isFunction given then given final else given;
    in
    self.stdenv.mkDerivation (
      final:
      attributesOf kind {
        overridePythonAttrs =
          change:
          build kind (
            final:
            let
              old = toArgs final;
            in
            old // (if lib.isFunction change then change old else change)
          );
      } (toArgs final)
    );

  checkHook = name: file: packages: hook name [ file ] // { debianPackages = packages; };

  isOwn = package: isAttrs package && !(import ../is-debian.nix package);
in
{
  buildPythonPackage = build "buildPythonPackage";
  buildPythonApplication = build "buildPythonApplication";
  pytestCheckHook = checkHook "pytest-check-hook" ./pytest.sh [ "python3-pytest" ];
  unittestCheckHook = checkHook "unittest-check-hook" ./unittest.sh [ ];

  # wrapPythonPrograms, for programs of other builds.
  wrapPython = hook "wrap-python-hook" [ ../stdenv/make-wrapper.sh ./programs.sh ];

  inherit python pythonVersion;
  pythonOlder = lib.versionOlder pythonVersion;
  pythonAtLeast = lib.versionAtLeast pythonVersion;
  isPy3k = true;
  toPythonModule = drv: drv;
  toPythonApplication = drv: drv;

  fetchPypi =
    {
      pname,
      version,
      format ? "setuptools",
      extension ? "tar.gz",
      dist ? "py2.py3",
      python ? dist,
      abi ? "none",
      platform ? "any",
      ...
    }@args:
    self.fetchurl
      (
        removeAttrs args [ "pname" "version" "format" "extension" "dist" "python" "abi" "platform" ]
        // {
          url =
            let
              initial = builtins.substring 0 1 pname;
              base = "https://files.pythonhosted.org/packages";
            in
            if format == "wheel" then
              "${base}/${dist}/${initial}/${pname}/${pname}-${version}-${python}-${abi}-${platform}.whl"
            else
              "${base}/source/${initial}/${pname}/${pname}-${version}.${extension}";
        }
      );

  # The interpreter with modules; those of Debian are in the machine's /usr anyway.
  withPackages =
    choose: modules:
    let
      chosen = choose modules;
      own = builtins.filter isOwn chosen;
    in
    if own == [ ] then
      self.symlinkJoin {
        name = "python3-with-packages";
        paths = [ python ] ++ chosen;
        meta.mainProgram = "python3";
      }
    else
      self.stdenv.mkDerivation {
        name = "python3-with-packages";
        nativeBuildInputs = [ phases self.makeWrapper ];
        propagatedBuildInputs = chosen ++ [ python ];
        buildCommand = "linkPython ${python} ${toString chosen}";
        meta.mainProgram = "python3";
      };
}
