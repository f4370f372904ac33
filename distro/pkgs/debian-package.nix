# One binary package of the archive as a package of the set.
#
# Its `deb` is the unpacked package. Its derivation depends on the package alone, so another state of the archive in which the package is
# the same gives the same store path. The package itself is a small tree of links into it, which names the
# unpacked packages of its whole dependency closure: a reference to `${pkgs.curl}/bin/curl` brings along all that curl needs.
{
  lib,
  archive,
  config,
  packages,
}:

let
  inherit (builtins) replaceStrings substring;

  # `documentation` is true for all that packages have, translations too, or a list of these kinds.
  documentation = {
    man = [ "usr/share/man" ];
    info = [ "usr/share/info" ];
    doc = [
      "usr/share/doc/*/*"
      "!usr/share/doc/*/copyright"
      "usr/share/doc-base"
      "usr/share/gtk-doc"
      "usr/share/help"
    ];
  };
  keeps =
    kind:
    let
      kept = config.documentation or false;
    in
    kept == true || builtins.isList kept && builtins.elem kind kept;

  # Left out of every unpacked package; copyright files stay.
  excluded =
    if config.documentation or false == true then
      [ ]
    else
      (if keeps "doc" then [ ] else documentation.doc)
      ++ (if keeps "info" then [ ] else documentation.info)
      ++ [ "usr/share/lintian" "usr/share/locale" ]
      ++ (if keeps "man" then [ ] else documentation.man)
      ++ [ "usr/share/bug" "usr/share/linda" ];

  # Not allowed in store names.
  storeName = replaceStrings [ "~" ":" "%" ] [ "_" "_" "_" ];

  # The upstream version, without epoch and Debian revision.
  upstreamVersion =
    version:
    let
      found = builtins.match "([0-9]+:)?(.*)-[^-]*" version;
      plain = builtins.match "([0-9]+:)?(.*)" version;
    in
    builtins.elemAt (if found == null then plain else found) 1;

  unpack =
    record:
    derivation {
      name = storeName "${record.pname}_${record.version}_${record.architecture}";
      system = "builtin";
      builder = "builtin:debian-package";
      __structuredAttrs = true;
      inherit (record) pname version architecture filename sha256 size installedSize;
      ${if isDebians record then "archive" else null} = record.archive;
      ${if isDebians record then "suite" else null} = archive.suite;
      ${if isDebians record then null else "repository"} = record.repository;
      exclude = excluded;
    };

  # Other packages are from a repository with a key of its own.
  isDebians = record: record.repository or "" == "";

  # Where programs and libraries lie in a Debian package, merged `usr` or not.
  places = {
    bin = [ "usr/bin" "usr/sbin" "bin" "sbin" "usr/games" ];
    sbin = [ "usr/sbin" "sbin" ];
    lib = [ "usr/lib" "lib" ];
    lib64 = [ "usr/lib64" "lib64" ];
    # Debian has the helpers of older packages in usr/lib.
    libexec = [ "usr/libexec" "usr/lib" ];
    include = [ "usr/include" ];
    share = [ "usr/share" ];
    etc = [ "etc" ];
    usr = [ "usr" ];
  };

  # Links that update-alternatives would make for a package: name -> paths in the machine.
  alternatives =
    let
      table = import ./alternatives.nix;
      links = lib.concatMap (
        link:
        map (choice: {
          inherit link;
          package = builtins.head choice;
        }) table.${link}
      ) (builtins.attrNames table);
    in
    lib.mapAttrs (_: map (l: l.link)) (builtins.groupBy (l: l.package) links);

  # Programs that nixpkgs has in a package and Debian in another one, which every system has: package -> paths in the machine.
  elsewhere.coreutils = [ "/usr/bin/kill" ];

  # Links for programs that nixpkgs has under other names, and folders of programs that are not in PATH.
  otherNames =
    pname:
    let
      exporter = builtins.match "prometheus-(.+)-exporter" pname;
    in
    (import
      ./program-names.nix
    ).${pname} or (
      if exporter == null then
        { }
      else
        { "${builtins.head exporter}_exporter" = "usr/bin/${pname}"; }
    );
  otherFolders =
    pname:
    let
      postgresql = builtins.match "postgresql(-client)?-([0-9]+)" pname;
    in
    if postgresql != null then
      [ "usr/lib/postgresql/${lib.last postgresql}/bin" ]
    else if lib.hasPrefix "monitoring-plugins-" pname then
      [ "usr/lib/nagios/plugins" ]
    else
      [ ];
  renamed =
    pname: deb:
    let
      names = otherNames pname;
    in
    if names == { } then
      [ ]
    else
      [
        (derivation {
          name = storeName "${pname}-names";
          system = "builtin";
          builder = "builtin:tree";
          __structuredAttrs = true;
          entries = lib.mapAttrsToList (path: file: {
            inherit path;
            target = "${deb}/${file}";
          }) names;
        })
      ];

  links =
    pname: deb:
    let
      machineLinks = alternatives.${pname} or [ ] ++ elsewhere.${pname} or [ ];
      below = dir: builtins.filter (lib.hasPrefix "/usr/${dir}/") machineLinks;
    in
    lib.mapAttrsToList (
      path: dirs:
      {
        inherit path;
        union =
          map (dir: "${deb}/${dir}") (dirs ++ lib.optionals (path == "bin") (otherFolders pname))
          ++ lib.optionals (path == "bin") (map (tree: "${tree}") (renamed pname deb));
      }
      // lib.optionalAttrs (machineLinks != [ ] && path == "bin") {
        machineLinks = below "bin" ++ below "sbin";
      }
    ) places;

  # What nixpkgs says of such software: firmware that may be passed on is not "unfree" there.
  component = record: if isDebians record then record.component or "main" else "unknown";
  licenseOf = {
    # Whether software of other repositories is free is not known; who configures a repository wants its packages.
    unknown = {
      shortName = "unknown";
      fullName = "Unknown";
      free = true;
    };
    main = lib.licenses.free;
    contrib = lib.licenses.free;
    non-free = lib.licenses.unfree;
    non-free-firmware = lib.licenses.unfreeRedistributableFirmware;
  };
  refuse =
    package: record:
    throw ''
      Package `${
        package.pname
      }-${package.version}' in ${component record} of Debian ${archive.suite} has an unfree license (`unfree'), refusing to evaluate.

      To allow it alone:
        nixpkgs.config.allowUnfreePredicate = pkg: builtins.elem (lib.getName pkg) [ "${package.pname}" ];
      To allow all unfree packages:
        nixpkgs.config.allowUnfree = true;
      For one command, where no configuration says so:
        NIXPKGS_ALLOW_UNFREE=1, and --impure'';

  origin =
    record:
    if isDebians record then
      "Debian ${archive.suite}"
    else
      "the repository ${record.repository} ${record.suite}";

  # Programs that are not called like their packages.
  mainPrograms = import ./main-programs.nix;
in
record:
let
  unfree = component record == "non-free";
  allowed =
    !unfree
    || config.unfreeChecked or false
    || config.allowUnfree
    || (config.allowUnfreePredicate or (_: false)) self;
  deb = if allowed then unpack record else refuse self record;
  version = upstreamVersion record.version;
  closure = builtins.filter (name: name != record.pname) (archive.resolve [ record.pname ]);
  tree = derivation {
    name = storeName "${record.pname}-${version}";
    system = "builtin";
    builder = "builtin:tree";
    __structuredAttrs = true;
    builderRevision = 2;
    debianPackage = record.pname;
    entries = links record.pname deb ++ [
      {
        path = "nix-support/closure";
        text = lib.concatMapStrings (name: "${packages.${name}.deb}\n") closure;
      }
    ];
  };
  self = tree // {
    # Debian's packages have one output, which stands for each of nixpkgs' outputs.
    bin = self;
    lib = self;
    dev = self;
    man = self;
    inherit (record) pname;
    inherit version deb;
    debianVersion = record.version;
    inherit record;
    debianPackage = record.pname;
    passthru = { inherit deb; };
    meta = {
      inherit (record) description;
      homepage = record.homepage or "";
      mainProgram = mainPrograms.${record.pname} or record.pname;
      platforms = lib.systems.doubles.linux;
      available = allowed;
      broken = false;
      inherit unfree;
      license = licenseOf.${component record};
      outputsToInstall = [ "out" ];
      position = "${origin record}, package ${record.pname} ${record.version}";
    };
    # Only metadata may change, as lib.hiPrio changes it.
    overrideAttrs =
      f:
      let
        once = if lib.isFunction f then f self else f;
        changes = if lib.isFunction once then once self else once;
      in
      if builtins.attrNames changes == [ "meta" ] then
        self // changes
      else
        throw
          "`${record.pname}' is a binary package of ${
            origin record
          }: it is not built here, so `overrideAttrs' has nothing to change. Remove the call.";
    override =
      _:
      throw
        "`${record.pname}' is a binary package of ${
          origin record
        }: it is not built here, so `override' has nothing to change. Remove the call.";
  };
in
self
