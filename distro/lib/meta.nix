# Functions on packages' `meta`.
{ lib }:

let
  inherit (builtins) all any isString length map;
  mapMeta = f: drv: drv // { meta = f (drv.meta or { }); };
in
rec {
  addMetaAttrs = attrs: mapMeta (meta: meta // attrs);
  dontDistribute = addMetaAttrs { hydraPlatforms = [ ]; };
  setName = name: drv: drv // { inherit name; };
  updateName = f: drv: drv // { name = f drv.name; };
  appendToName = suffix: updateName (name:
    let x = builtins.parseDrvName name;
    in "${x.name}-${suffix}${if x.version == "" then "" else "-${x.version}"}");
  mapDerivationAttrset = f: set: lib.mapAttrs (_: pkg: if lib.isDerivation pkg then f pkg else pkg) set;
  defaultPriority = 5;
  setPrio = priority: addMetaAttrs { inherit priority; };
  lowPrio = setPrio 10;
  lowPrioSet = mapDerivationAttrset lowPrio;
  hiPrio = setPrio (-10);
  hiPrioSet = mapDerivationAttrset hiPrio;

  platformMatch = platform: elem: if isString elem then platform ? system && elem == platform.system else lib.matchAttrs elem platform;
  availableOn = platform: pkg:
    (!(pkg ? meta.platforms) || any (platformMatch platform) pkg.meta.platforms)
    && all (elem: !platformMatch platform elem) (pkg.meta.badPlatforms or [ ]);

  licensesSpdx = lib.mapAttrs' (_: l: lib.nameValuePair l.spdxId l) (lib.filterAttrs (_: l: l ? spdxId) lib.licenses);
  getLicenseFromSpdxId = id: getLicenseFromSpdxIdOr id (lib.warn "getLicenseFromSpdxId: No license matches the given SPDX ID: ${id}" { shortName = id; });
  getLicenseFromSpdxIdOr =
    let bySpdx = lib.mapAttrs' (_: l: lib.nameValuePair (lib.toLower l.spdxId) l) (lib.filterAttrs (_: l: l ? spdxId) lib.licenses);
    in id: default: bySpdx.${lib.toLower id} or default;

  /* The path of a package's main program: meta.mainProgram, else the package's own name. */
  getExe = x: getExe' x (x.meta.mainProgram or (
    lib.warnIf (!(x ? pname || x ? name))
      "getExe: the package has neither meta.mainProgram nor a name"
      (lib.getName x)));
  getExe' = x: name:
    if !lib.isDerivation x then throw "lib.meta.getExe': The first argument is of type ${builtins.typeOf x}, but it should be a derivation instead."
    else if !isString name || lib.hasInfix "/" name then throw "lib.meta.getExe': The second argument \"${toString name}\" is a nested path, but should only be the program's name: getBin x + \"/${toString name}\"."
    else "${lib.getBin x}/bin/${name}";
}
