builtins.findFile [ { path = throw "path"; prefix = throw "prefix"; } ] "a"
