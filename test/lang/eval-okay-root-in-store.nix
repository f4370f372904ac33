# The root has no name: in the store it is called `source`.
baseNameOf (builtins.filterSource (path: type: false) "/")
  == baseNameOf "${builtins.path { path = /.; filter = path: type: false; name = "source"; }}"
