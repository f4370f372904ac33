{ lib ? import ../../../distro/lib }:
with lib;
let l = licenses; without = licence: removeAttrs licence [ "fullName" ]; in
{
  known = map without [ l.mit l.unfree l.gpl2 l.bsl11 l.ecl20 l.unfreeRedistributableFirmware l.publicDomain ];
  names = length (filter (name: isAttrs l.${name}) (attrNames l));
  spdx = [ (without licensesSpdx.MIT) (getLicenseFromSpdxId "apache-2.0").shortName (getLicenseFromSpdxIdOr "none" null) ];
  text = map l.toSPDX [ l.mit l.unfree (l.OR [ l.mit l.asl20 ]) (l.AND [ l.ncsa (l.WITH l.asl20 l.llvm-exception) ]) (l.PLUS l.eupl11) ];
  free = map l.isFree [ l.mit l.unfree (l.OR [ l.mit l.unfree ]) (l.AND [ l.mit l.unfree ]) (l.PLUS l.mit) ];
  redistributable = map l.isRedistributable [ l.unfree l.unfreeRedistributable ];
  contains = [ (l.containsLicenses [ l.asl20 ] (l.AND [ l.ncsa l.asl20 ]))
    (l.containsLicenses [ l.asl20 ] (l.OR [ l.ncsa l.asl20 ])) (l.containsLicenses [ l.mit ] l.asl20) ];
  sources = sourceTypes;
}
