# What follows the prefix does not lead out of the folder.
[ (builtins.findFile [ { path = ./.; prefix = "x"; } ] "x/../dir") (let __nixPath = [ { path = ./.; prefix = ""; } ]; in <dir/../../dir>) ]
