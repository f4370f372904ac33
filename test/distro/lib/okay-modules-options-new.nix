{ lib ? import ../../../distro/lib }:
with lib;
let
  e = evalModules {
    modules = [
      { _file = "decl.nix"; options.a = mkOption { type = types.int; }; }
      { _file = "one.nix"; a = 1; }
    ];
  };
  pos = head (evalModules { modules = [ ./declares-an-option.inc ]; }).options.declared.declarationPositions;
in
{
  shown = "${e.options.a}";
  showOption = showOption [ "a" "b c" "if" ];
  withLocations = e.options.a.definitionsWithLocations;
  position = [ (baseNameOf pos.file) pos.line pos.column ];
  package = let p = mkPackageOption { foo.bar = "drv"; } [ "foo" "bar" ] { example = "pkgs.x"; };
  in { inherit (p) default description; text = p.defaultText.text; example = p.example.text; };
  nullable = (mkPackageOption { } "x" { default = null; nullable = true; }).default;
  enable = removeAttrs (mkEnableOption "it") [ "type" ];
}
