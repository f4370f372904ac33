let __findFile = path: name: "found ${name}"; __nixPath = [ ]; in [ <a> <a/b-c> ]
