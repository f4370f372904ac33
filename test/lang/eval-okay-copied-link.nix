# A link in a string is copied itself, whatever it leads to; what is given to a function that copies is what it leads to.
[
  "${./links/file}"
  "${./links/folder}"
  "${./links/nowhere}"
  "${./links/folder/inner}"
  (builtins.toJSON ./links/file)
  (builtins.path { path = ./links/file; })
  (builtins.filterSource (path: type: true) ./links/folder)
]
