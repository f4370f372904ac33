(import ./image.inc
{ args = { format = "ova"; container.memroy = 1024; }; }
).drvPath
