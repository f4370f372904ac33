# nixpkgs' names that carry a version: python313, gcc14, postgresql_17. A suite has few of them; the others say what it has instead.
{
  lib,
  self,
  archive,
  combine,
}:

let
  inherit (builtins)
    concatMap
    concatStringsSep
    elemAt
    filter
    head
    listToAttrs
    map
    removeAttrs
    replaceStrings
    toString
    ;
  inherit (archive) packages suite;

  has = names: builtins.all (n: packages ? ${n}) names;
  undot = sep: replaceStrings [ "." ] [ sep ];
  through = from: to: map toString (lib.range from to);
  minors = major: from: to: map (m: "${major}.${toString m}") (lib.range from to);

  /*
    label      for messages
    key        in releases.nix
    versions   all that a configuration may plausibly name
    names      version -> the Debian packages
    attrs      version -> { attribute = packages; }; the first is shown in messages
  */
  family =
    {
      label,
      key,
      versions,
      attrs,
      extra ? (_: { }),
    }:
    let
      first = v: head (attrs v);
      present = filter (v: has (first v).names) versions;
      list = lib.concatMapStringsSep ", " (v: "${label} ${v} as `pkgs.${(first v).name}'") present;
      elsewhere = version: self.debianRelease.withVersion key version;
      missing =
        attr: version:
        throw (
          "pkgs.${attr}: Debian ${suite} has no ${label} ${version}. "
          + (if present == [ ] then "It has none of its versions." else "It has ${list}.")
          + (
            if elsewhere version == [ ] then
              ""
            else
              " ${label} ${version} is in Debian ${concatStringsSep ", " (elsewhere version)}."
          )
        );
      entry =
        version:
        { name, names }:
        {
          inherit name;
          value = if has names then combine name names (extra version) else missing name version;
        };
    in
    listToAttrs (concatMap (v: map (entry v) (attrs v)) versions);

  # Python

  pythonVersion = lib.versions.majorMinor packages.python3.version;

  # The Python modules of the suite: by the name after `python3-`, and by the name that a module has for itself.
  pythonModules =
    let
      names = filter (n: lib.hasPrefix "python3-" n) (builtins.attrNames packages);
      byRule = listToAttrs (
        map (n: {
          name = lib.removePrefix "python3-" n;
          value = self.debianPackages.${n};
        }) names
      );
      others = lib.filterAttrs (_: n: packages ? ${n}) (import ./python-names.nix);
    in
    byRule
    // builtins.mapAttrs (_: n: self.debianPackages.${n}) others
    // pythonFunctions
    // {
      callPackage = lib.callPackageWith (self // pythonModules);
    };
  builders = import ./python { inherit lib self; };
  pythonFunctions = removeAttrs builders [ "withPackages" ];

  pythonExtra = {
    pkgs = pythonModules;
    # Debian's package of the name has no program of it.
    interpreter = "${self.python3}/bin/python3";
    pythonVersion = pythonVersion;
    sitePackages = "lib/python3/dist-packages";
    withPackages = choose: builders.withPackages choose pythonModules;
  };

  # `python` and `python3` run the suite's own version; another one is reached as python3.X alone.
  # The interpreter itself is in the minimal packages.
  pythonNames =
    version:
    [ "python${version}" ]
    ++ filter (n: packages ? ${n}) [ "python${version}-minimal" ]
    ++ lib.optionals (version == pythonVersion) suitePython;
  suitePython =
    [ "python3" ] ++ filter (n: packages ? ${n}) [ "python3-minimal" ] ++ [ "python-is-python3" ];
  python = family {
    label = "Python";
    key = "python";
    versions = [ "2.7" ] ++ minors "3" 6 16;
    attrs = v: [
      {
        name = "python${undot "" v}";
        names = pythonNames v;
      }
    ];
    extra =
      v:
      if v == pythonVersion then
        pythonExtra // { meta = self.debianPackages.python3.meta // { mainProgram = "python3"; }; }
      else
        { };
  };

  # The others

  sameName = prefix: sep: debian: v: [
    {
      name = "${prefix}${undot sep v}";
      names = debian v;
    }
  ];

  llvm = family {
    label = "LLVM";
    key = "llvm";
    versions = through 9 23;
    attrs =
      v:
      map (tool: {
        name = "${tool}_${v}";
        names = [ "${tool}-${v}" ];
      }) [ "llvm" "clang" "lld" "lldb" ]
      ++ [
        {
          name = "clang-tools_${v}";
          names = [ "clang-tools-${v}" "clang-format-${v}" "clang-tidy-${v}" "clangd-${v}" ];
        }
      ];
  };
  llvmSets = listToAttrs (
    map (v: {
      name = "llvmPackages_${v}";
      value = {
        llvm = self."llvm_${v}";
        clang = self."clang_${v}";
        lld = self."lld_${v}";
        lldb = self."lldb_${v}";
        clang-tools = self."clang-tools_${v}";
      };
    }) (through 9 23)
  );

  php = import ./php.nix { inherit lib self combine; };
  phpVersion = lib.findFirst (v: packages ? "php${v}-cli") "8.4" [ "8.4" "8.2" "7.4" ];

  nodeVersion =
    if packages ? nodejs then lib.versions.major self.debianPackages.nodejs.version else "0";
in
python
// llvm
// llvmSets
// family {
  label = "GCC";
  key = "gcc";
  versions = through 6 16;
  attrs = v: [
    {
      name = "gcc${v}";
      names = [ "gcc-${v}" "g++-${v}" ];
    }
    {
      name = "gfortran${v}";
      names = [ "gfortran-${v}" ];
    }
  ];
}
// family {
  label = "PostgreSQL";
  key = "postgresql";
  versions = through 9 19;
  attrs = v: [
    {
      name = "postgresql_${v}";
      names = [ "postgresql-${v}" "postgresql-client-${v}" ];
    }
  ];
  extra = import ./postgresql.nix { inherit lib self archive combine; };
}
// family {
  label = "Node.js";
  key = "nodejs";
  versions = through 10 27;
  # Of Node.js a suite has one version, under the plain name.
  attrs =
    v:
    let
      names = if v == nodeVersion then [ "nodejs" ] else [ "nodejs-${v}" ];
    in
    [
      {
        name = "nodejs_${v}";
        names = names ++ lib.optional (v == nodeVersion) "npm";
      }
      {
        name = "nodejs-slim_${v}";
        inherit names;
      }
      {
        name = "nodejs-${v}_x";
        names = names ++ lib.optional (v == nodeVersion) "npm";
      }
    ];
}
// family {
  label = "PHP";
  key = "php";
  versions = [ "7.4" ] ++ minors "8" 0 6;
  attrs = sameName "php" "" (v: [ "php${v}-cli" "php${v}-common" "php${v}-fpm" ]);
  extra = php;
}
// family {
  label = "Ruby";
  key = "ruby";
  versions = [ "2.7" ] ++ minors "3" 0 5 ++ minors "4" 0 1;
  attrs = sameName "ruby_" "_" (v: [ "ruby${v}" ]);
}
// family {
  label = "OpenJDK";
  key = "openjdk";
  versions = [ "8" "11" "17" "19" "20" "21" "22" "23" "24" "25" "26" ];
  attrs = v: [
    {
      name = "jdk${v}";
      names = [ "openjdk-${v}-jdk-headless" ];
    }
    {
      name = "openjdk${v}";
      names = [ "openjdk-${v}-jdk-headless" ];
    }
    {
      name = "jdk${v}_headless";
      names = [ "openjdk-${v}-jdk-headless" ];
    }
    {
      name = "openjdk${v}_headless";
      names = [ "openjdk-${v}-jdk-headless" ];
    }
    {
      name = "jre${v}_headless";
      names = [ "openjdk-${v}-jre-headless" ];
    }
  ];
}
// family {
  label = "Lua";
  key = "lua";
  versions = minors "5" 1 5;
  attrs = sameName "lua" "_" (v: [ "lua${v}" ]);
}
// family {
  label = "Go";
  key = "go";
  versions = minors "1" 15 27;
  attrs = sameName "go_" "_" (v: [ "golang-${v}-go" ]);
}
// family {
  label = "Tcl";
  key = "tcl";
  versions = [ "8.5" "8.6" "8.7" "9.0" "9.1" ];
  attrs = sameName "tcl-" "_" (v: [ "tcl${v}" ]);
}
// {
  python3 =
    combine
      "python3"
      (suitePython ++ filter (n: packages ? ${n}) [ "python${pythonVersion}-minimal" ])
      pythonExtra;
  python3Minimal = self.debianPackages.python3-minimal;
  python3Packages = pythonModules;
  "python${undot "" pythonVersion}Packages" = pythonModules;
  php =
    let
      found = self."php${undot "" phpVersion}";
    in
    found // { meta = found.meta // { mainProgram = "php"; }; };
  python = self.python3;
  python2 = self.python27;
  # The suite's newest.
  postgresql =
    let
      newest = lib.findFirst (v: packages ? "postgresql-${v}") null (
        lib.reverseList (through 9 19)
      );
    in
    if newest == null then
      throw "pkgs.postgresql: Debian ${suite} has no PostgreSQL."
    else
      self."postgresql_${newest}";
}
