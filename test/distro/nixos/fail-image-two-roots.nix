(import ./image.inc
{ fileSystems = { "/" = { device = "/dev/vda"; }; other = { mountPoint = "/"; }; }; }
).drvPath
