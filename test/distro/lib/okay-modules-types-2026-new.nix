# Types that came after 2023.
{ lib ? import ../../../distro/lib }:
with lib;
let
  try = type: values:
    let
      c = (evalModules { modules = [ { options.x = mkOption { inherit type; }; } ] ++ map (v: { x = v; }) values; }).config.x;
      r = builtins.tryEval (builtins.deepSeq c c);
    in
    if r.success then r.value else "error";
  each = type: map (v: try type [ v ]);
  inStore = "${builtins.storeDir}/0lz9p8xhf89kb1c1kk6jxrzskaiygnlh-bash";
  tag = types.attrTag { n = mkOption { type = types.int; default = 1; }; s = mkOption { type = types.str; }; };
  merged = a: b: (evalModules { modules = [ { options.x = mkOption { type = a; }; }
        { options.x = mkOption { type = b; }; } ]; }).options.x.type;
  couldMerge = a: b: (builtins.tryEval (merged a b).description).success;
  shorten = replaceStrings [ builtins.storeDir ] [ "STORE" ];
in
{
  attrTag = each tag [ { n = 2; } { s = "a"; } { n = "a"; } { } { n = 1; s = "a"; } { other = 1; } 1 ]
    ++ [ (try tag [ { n = 1; } { s = "a"; } ]) (try (types.listOf tag) [ [ { n = 1; } { s = "b"; } ] ]) ];
  attrTagMerge = (merged (types.attrTag { a = mkOption { type = types.enum [ 1 ]; }; })
    (types.attrTag { a = mkOption { type = types.enum [ 2 ]; }; b = mkOption { type = types.int; }; })).description;

  paths = mapAttrs (_: type: map (x: if isString x then shorten x else x)
    (each type [ inStore "${inStore}/bin" "/etc/fstab" "a/b" "${builtins.storeDir}" 1 ])) {
    any = types.pathWith { };
    absolute = types.path;
    relative = types.pathWith { absolute = false; };
    inStore = types.pathInStore;
    external = types.externalPath;
  };
  pathDescriptions = map (t: t.description) [ (types.pathWith { }) types.path types.pathInStore
    types.externalPath (types.pathWith { absolute = false; inStore = false; }) ];
  pathMerge = [ (couldMerge types.path types.path) (couldMerge types.path types.pathInStore) ];

  luaInline = each types.luaInline [ (mkLuaInline "print()") "print()" ];
  json = each types.json [ null 1 "a" { a = [ 1 null { b = 1.5; } ]; } (x: x) ];
  toml = each types.toml [ null { a = [ 1 ]; } ];
  jsonName = [ types.json.description (types.serializableValueWith { typeName = "X"; }).description ];

  attrsWith = [
    (try (types.attrsWith { elemType = types.int; }) [ { a = 1; } { b = mkIf false 2; } ])
    (attrNames (try (types.attrsWith { elemType = types.nullOr types.int; lazy = true; }) [ { a = 1; } { b = mkIf false 2; } ]))
  ];
  placeholders = attrNames (groupBy (o: o.name)
    (optionAttrSetToDocList (evalModules { modules = [ {
      options.users = mkOption {
        type = types.attrsWith { placeholder = "user"; elemType = types.submodule { options.shell = mkOption { }; }; };
      };
    } ]; }).options));
  attrsMerge = [ (couldMerge (types.attrsOf types.int) (types.attrsOf types.int))
    (couldMerge (types.attrsOf types.int) (types.lazyAttrsOf types.int))
    (couldMerge (types.attrsWith { elemType = types.int; placeholder = "a"; })
      (types.attrsWith { elemType = types.int; placeholder = "b"; }))
    (couldMerge (types.attrsWith { elemType = types.int; placeholder = "a"; }) (types.attrsOf types.int)) ];

  attrList = [
    (try (types.attrListOf types.int) [ [ { a = 1; } { a = 2; } ] { b = 3; } ])
    (try (types.attrListOf types.int) [ { a = mkBefore 1; b = mkAfter 2; } [ { c = 3; } (mkOrder 1 { d = 4; }) ] ])
    (try (types.attrListOf types.int) [ { a = mkForce 1; b = 2; } { a = 3; b = mkIf false 4; } ])
    (try (types.attrListWith { elemType = types.int; asAttrs = true; }) [ [ { a = 1; } { a = 2; } ] ])
    (try (types.attrListOf types.int) [ [ { a = 1; b = 2; } ] ])
    (try (types.attrListOf types.int) [ "a" ])
  ];

  optionDeclaration = map types.optionDeclaration.check [ (mkOption { }) types.int ];
  mergeTypes = [ (types.mergeTypes (types.enum [ 1 ]) (types.enum [ 2 ])).description (types.mergeTypes types.int types.str) ];
  fileset = [ (types.fileset.check ./.) (types.fileset.check "a")
    (length (fileset.toList (evalModules { modules = [ { options.x = mkOption { type = types.fileset; }; }
              { x = ./name-one.inc; } { x = ./name-two.inc; } ]; }).config.x)) ];
  pkgs = each types.pkgs [ { _type = "pkgs"; } { } ];
  boolByOr = try types.boolByOr [ false true ];
  enumOnce = (types.enum [ "a" "a" ]).description;
  descriptions = map (t: t.description) [ types.ints.u8 types.port (types.ints.between 1 2)
    (types.either types.ints.unsigned types.str) (types.nullOr (types.submodule { })) (types.listOf (types.submodule { }))
    (types.nonEmptyListOf types.int) tag (types.attrListOf types.str) types.package types.anything ];
}
