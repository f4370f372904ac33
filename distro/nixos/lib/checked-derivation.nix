# A derivation whose faults are errors once it is used. While options are merged, one that another definition overrides may have some.
# `check' returns its argument, or throws.
check: drv:

let
  checked = drv // {
    drvPath = check drv.drvPath;
    outPath = check drv.outPath;
    out = checked;
    all = [ checked ];
  };
in
checked
