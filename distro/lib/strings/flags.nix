# Arguments of configure, CMake and Meson.
{ lib }:

let
  inherit (builtins) elem isBool isString;
  inherit (lib) boolToString toUpper;
in
rec {
  enableFeature =
    flag: feature:
    assert isBool flag;
    assert isString feature;
    "--${if flag then "enable" else "disable"}-${feature}";
  enableFeatureAs =
    flag: feature: value: enableFeature flag feature + (if flag then "=${value}" else "");
  withFeature =
    flag: feature:
    assert isString feature;
    "--${if flag then "with" else "without"}-${feature}";
  withFeatureAs =
    flag: feature: value: withFeature flag feature + (if flag then "=${value}" else "");

  cmakeOptionType =
    type: name: value:
    assert elem (toUpper type) [ "BOOL" "FILEPATH" "PATH" "STRING" "INTERNAL" "LIST" ];
    assert isString name && isString value;
    "-D${name}:${toUpper type}=${value}";
  cmakeBool =
    name: flag:
    assert isString name && isBool flag;
    cmakeOptionType "bool" name (toUpper (boolToString flag));
  cmakeFeature = cmakeOptionType "string";

  mesonOption =
    name: value:
    assert isString name && isString value;
    "-D${name}=${value}";
  mesonBool =
    name: flag:
    assert isString name && isBool flag;
    mesonOption name (boolToString flag);
  mesonEnable =
    name: flag:
    assert isString name && isBool flag;
    mesonOption name (if flag then "enabled" else "disabled");
}
