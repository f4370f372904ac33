(import ./image.inc
{ args.diskSiz = 1; }
).drvPath
