# Functions on packages' `meta`.
{ lib }:

let
  inherit (builtins) any isString match typeOf;
  inherit (lib) assertMsg;

  bySpdx = lib.mapAttrs' (_: l: lib.nameValuePair l.spdxId l) (
    lib.filterAttrs (_: l: l ? spdxId) lib.licenses
  );
  # People write them as they like.
  byLowerSpdx = lib.mapAttrs' (id: l: lib.nameValuePair (lib.toLower id) l) bySpdx;
in
rec {
  /* Of a package that can be overridden, so that its outputs have them as well. */
  addMetaAttrs =
    attrs: drv:
    if drv ? overrideAttrs then
      drv.overrideAttrs (old: { meta = old.meta or { } // attrs; })
    else
      drv // { meta = drv.meta or { } // attrs; };

  dontDistribute = addMetaAttrs { hydraPlatforms = [ ]; };
  setName = name: drv: drv // { inherit name; };
  updateName = f: drv: drv // { name = f drv.name; };
  appendToName =
    suffix:
    updateName (
      name:
      let
        parsed = builtins.parseDrvName name;
      in
      "${parsed.name}-${suffix}-${parsed.version}"
    );
  mapDerivationAttrset = f: lib.mapAttrs (_: pkg: if lib.isDerivation pkg then f pkg else pkg);

  # A smaller number wins.
  defaultPriority = 5;
  setPrio = priority: addMetaAttrs { inherit priority; };
  lowPrio = setPrio 10;
  lowPrioSet = mapDerivationAttrset lowPrio;
  hiPrio = setPrio (-10);
  hiPrioSet = mapDerivationAttrset hiPrio;

  /* `elem` is a system's name, or a pattern for an elaborated system, or for what is parsed of it. */
  platformMatch =
    platform: elem:
    if isString elem then
      platform ? system && elem == platform.system
    else
      lib.matchAttrs (if elem ? parsed then elem else { parsed = elem; }) platform;

  availableOn =
    platform: pkg:
    (!(pkg ? meta.platforms) || any (platformMatch platform) pkg.meta.platforms)
    && !any (platformMatch platform) (pkg.meta.badPlatforms or [ ]);

  licensesSpdx = bySpdx;
  getLicenseFromSpdxIdOr = id: default: byLowerSpdx.${lib.toLower id} or default;
  getLicenseFromSpdxId =
    id:
    getLicenseFromSpdxIdOr id (
      lib.warn "getLicenseFromSpdxId: No license with the given SPDX ID found: ${id}" {
        shortName = id;
        spdxId = id;
      }
    );

  cpeFullVersionWithVendor = vendor: version: {
    inherit vendor version;
    update = "*";
  };

  /* The path of a package's main program: meta.mainProgram, else the package's own name. */
  getExe =
    x:
    getExe' x (
      x.meta.mainProgram or (lib.warn
        (
          "getExe: Package ${lib.strings.escapeNixIdentifier (x.meta.name or x.pname or x.name)} "
          + "does not have the meta.mainProgram attribute. The program is taken to have the package's name. "
          + "Use getExe' to say it: lib.getExe' package \"program\"."
        )
        (lib.getName x)
      )
    );
  getExe' =
    x: name:
    assert assertMsg
      (lib.isDerivation x)
      "lib.meta.getExe': The first argument is of type ${typeOf x}, but it should be a derivation instead.";
    assert assertMsg
      (isString name)
      "lib.meta.getExe': The second argument is of type ${typeOf name}, but it should be a string instead.";
    assert assertMsg (match ".*/.*" name == null) (
      "lib.meta.getExe': The second argument \"${name}\" is a nested path with a \"/\" character, "
      + "but it should just be the name of the executable instead."
    );
    "${lib.getBin x}/bin/${name}";
}
