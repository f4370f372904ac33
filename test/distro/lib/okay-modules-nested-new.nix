# Properties within properties, where nixpkgs takes the inner one for a value, and orders that its merge functions see.
{ lib ? import ../../../distro/lib }:
with lib;
let
  never = throw "looked at";
  eval = type: definitions: (evalModules { modules = [ { options.x = mkOption { inherit type; }; } ]
      ++ map (x: { inherit x; }) definitions; }).config.x;
  int = eval types.int;
  list = eval (types.listOf types.str);
  exact = mkOptionType { name = "exact"; merge = _: map ({ value, file }: value); };
in
{
  forcedAway = int [ (mkForce (mkIf false never)) (mkDefault 1) ];
  forcedIf = int [ (mkForce (mkIf true 2)) 3 ];
  forcedMerge = list [ (mkForce (mkMerge [ [ "a" ] (mkAfter [ "c" ]) [ "b" ] ])) [ "lost" ] ];
  outermostCounts = [ (int [ (mkDefault (mkForce 1)) 2 ]) (int [ (mkForce (mkDefault never)) (mkVMOverride 3) ]) ];
  orderAround = list [ (mkBefore (mkForce [ "a" ])) (mkForce [ "b" ]) [ "lost" ] ];
  orderAroundIf = list [ (mkAfter (mkIf true [ "b" ])) (mkBefore (mkIf false never)) [ "a" ] ];
  weakerNever = int [ (mkDefault (mkIf never never)) (mkDefault (mkMerge never)) 4 ];
  ordersAreGone = eval exact [ (mkAfter 1) (mkBefore 2) 3 ];
  default = (evalModules
    { modules = [ { options.x = mkOption { type = types.bool; default = mkDefinition { file = "other"; value = true; }; }; } ]; }).config.x;
}
