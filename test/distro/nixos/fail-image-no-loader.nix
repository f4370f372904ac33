(import ./image.inc
{ loader.enable = false; }
).drvPath
