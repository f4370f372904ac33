# The value of the first of [ condition value ] whose condition holds.
{ lib }:

default: cases:
let
  found = lib.findFirst builtins.head null cases;
in
if found == null then default else builtins.elemAt found 1
