{ lib ? import ../../../distro/lib }:
with lib; with generators;
{
  keyValue = toKeyValue { } { key = "value"; "other=key" = "baz"; n = 3; b = true; };
  keyValueList = toKeyValue { listsAsDuplicateKeys = true; } { key = [ "a" "b" ]; };
  keyValueOwn = toKeyValue { mkKeyValue = mkKeyValueDefault
    { mkValueString = v: if v == true then "yes" else mkValueStringDefault { } v; } ": "; } { a = true; b = "x"; };
  ini = toINI { } { foo = { hi = "${toString 1337}"; }; baz = { "also, integers" = 42; }; "we[ird]" = { }; };
  iniOwn = toINI { mkSectionName = escape [ "#" ]; listsAsDuplicateKeys = true; } { "a#b" = { x = [ 1 2 ]; }; };
  json = toJSON { } { foobar = [ "baz" 1 { x = null; } ]; };
  yaml = toYAML { } [ 1 "a" ];
  values = map (mkValueStringDefault { }) [ 42 "42" true false null ];
}
