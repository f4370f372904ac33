# Licences combined as in SPDX: AND [ ncsa (WITH asl20 llvm-exception) ].
{ lib }:

let
  inherit (builtins) all any elem;

  compound = operator: licenses: {
    licenseType = "compound";
    inherit operator licenses;
  };

  # `permissive`: of several to choose from one is enough, of several that hold together all must; else the other way round.
  evaluate =
    predicate: permissive:
    let
      go =
        license:
        let
          kind = license.licenseType;
          several = {
            OR = if permissive then any else all;
            AND = if permissive then all else any;
          };
        in
        if kind == "simple" then
          predicate license
        else if kind == "compound" then
          (several.${license.operator} or (throw "Unknown license operator")) go license.licenses
        else if kind == "exception" then
          go license.license && go license.exception
        else if kind == "plus" then
          go license.license
        else
          throw "Unknown license type or legacy license";
    in
    go;
in
rec {
  OR = compound "OR";
  AND = compound "AND";
  WITH = license: exception: {
    licenseType = "exception";
    operator = "WITH";
    inherit license exception;
  };
  # Or any later version.
  PLUS = license: {
    licenseType = "plus";
    operator = "+";
    inherit license;
  };

  evaluateProperty = evaluate;
  evaluateNamedProperty = name: evaluate (license: license.${name});

  isFree = evaluateNamedProperty "free" true;
  isRedistributable = evaluateNamedProperty "redistributable" true;

  /* Whether any of the licences must be kept to. */
  containsLicenses = licenses: evaluate (license: elem license licenses) false;

  /* "NCSA AND (Apache-2.0 WITH LLVM-exception)" */
  toSPDX =
    license:
    let
      kind = license.licenseType;
      within =
        l:
        if l.licenseType == "compound" || l.licenseType == "exception" then
          "(${toSPDX l})"
        else
          toSPDX l;
    in
    if kind == "simple" then
      license.spdxId or "LicenseRef-nixos-${license.shortName}"
    else if kind == "compound" then
      lib.concatMapStringsSep " ${license.operator} " within license.licenses
    else if kind == "exception" then
      "${within license.license} ${license.operator} ${within license.exception}"
    else if kind == "plus" then
      "${within license.license}${license.operator}"
    else
      throw "Unknown license type";
}
