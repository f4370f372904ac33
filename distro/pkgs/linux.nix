# The suite's kernels under nixpkgs' names: linuxPackages_6_12, and one name a flavour.
{
  lib,
  self,
  archive,
}:

let
  inherit (builtins) concatMap head listToAttrs map match replaceStrings;
  inherit (archive) packages suite;

  # Debian's flavours. The first is that for virtual machines.
  flavours = {
    cloud = "cloud-amd64";
    generic = "amd64";
    rt = "rt-amd64";
  };

  # linux-image-amd64 depends on the image of the newest version alone.
  imageOf =
    flavour:
    let
      metaPackage = "linux-image-${flavours.${flavour}}";
      image = match ".*(linux-image-[^ ,]+).*" packages.${metaPackage}.depends;
    in
    if !(packages ? ${metaPackage}) then
      throw "Debian ${suite} has no Linux kernel of the flavour `${flavour}'."
    else
      head image;

  suiteVersion = lib.versions.majorMinor packages.linux-image-amd64.version;
  attrVersion = replaceStrings [ "." ] [ "_" ] suiteVersion;

  packagesFor =
    flavour:
    let
      image = imageOf flavour;
      package = self.debianPackages.${image};
      kernel = package // {
        pname = "linux";
        inherit flavour;
        # `uname -r`, and the name of the modules' directory.
        modDirVersion = lib.removePrefix "linux-image-" image;
        version = lib.head (lib.splitString "-" package.debianVersion);
        kernelOlder = lib.versionOlder suiteVersion;
        kernelAtLeast = lib.versionAtLeast suiteVersion;
        features = { };
        # The kernel modules, as a set of their names, that another flavour has and this one lacks.
        lacksModules = lib.optionalAttrs (flavour == "cloud") (lib.genAttrs onlyGeneric (_: true));
      };
    in
    lib.makeExtensible (_: {
      inherit kernel;
      recurseForDerivations = true;
      cpupower = self.debianPackages.linux-cpupower;
      perf = self.debianPackages.linux-perf;
      bpftool = self.debianPackages.bpftool;
    });

  # Modules that only the flavour for hardware has. scripts/kernel-modules.ts writes the lists.
  onlyGeneric =
    let
      list = ./kernel-modules + "/${suite}.txt";
    in
    lib.optionals (builtins.pathExists list) (
      builtins.filter (line: line != "" && !(lib.hasPrefix "#" line)) (
        lib.splitString "\n" (builtins.readFile list)
      )
    );

  sets = builtins.mapAttrs (flavour: _: packagesFor flavour) flavours;

  plausible =
    map (m: "4.${toString m}") [ 4 9 14 19 ]
    ++ map (m: "5.${toString m}") (lib.range 0 19)
    ++ map (m: "6.${toString m}") (lib.range 0 19)
    ++ map (m: "7.${toString m}") (lib.range 0 5);

  missing =
    attr: version:
    let
      others = self.debianRelease.withVersion "linux" version;
    in
    throw (
      "pkgs.${attr}: Debian ${suite} has no Linux ${version}. It has Linux ${suiteVersion} as "
      + "`pkgs.linuxPackages_${attrVersion}' (made for virtual machines), "
      + "`pkgs.linuxPackages_${attrVersion}_generic' (drivers for hardware, too) and `pkgs.linuxPackages_${attrVersion}_rt'."
      + (
        if others == [ ] then
          ""
        else
          " Linux ${version} is in Debian ${builtins.concatStringsSep ", " others}."
      )
    );

  version =
    v:
    let
      u = replaceStrings [ "." ] [ "_" ] v;
      here = v == suiteVersion;
      entry =
        prefix: pick: suffix: flavour:
        let
          name = "${prefix}_${u}${suffix}";
        in
        {
          inherit name;
          value = if here then pick sets.${flavour} else missing name v;
        };
      all =
        prefix: pick:
        [ (entry prefix pick "" "cloud") ]
        ++ map (f: entry prefix pick "_${f}" f) (builtins.attrNames flavours);
    in
    all "linuxPackages" (s: s) ++ all "linux" (s: s.kernel);

  byVersion = listToAttrs (concatMap version plausible);
in
byVersion
// {
  linuxPackages = sets.cloud;
  linuxPackages_latest = sets.cloud;
  linuxPackages_cloud = sets.cloud;
  linuxPackages_generic = sets.generic;
  linuxPackages_rt = sets.rt;
  linux = sets.cloud.kernel;
  linux_latest = sets.cloud.kernel;
  linuxKernel = {
    packages = lib.mapAttrs' (
      n: v: lib.nameValuePair (replaceStrings [ "linuxPackages_" ] [ "linux_" ] n) v
    ) (lib.filterAttrs (n: _: lib.hasPrefix "linuxPackages_" n) byVersion);
    kernels = lib.filterAttrs (n: _: lib.hasPrefix "linux_" n) byVersion;
  };
  linuxPackagesFor = kernel: lib.makeExtensible (_: { inherit kernel; });
}
