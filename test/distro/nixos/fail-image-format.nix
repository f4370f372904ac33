(import ./image.inc
{ args.format = "qed"; }
).drvPath
