(import ./image.inc
{ fileSystems = { }; }
).drvPath
