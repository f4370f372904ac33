(import ./image.inc
{ args.format = "vdi"; }
).drvPath
