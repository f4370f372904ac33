{ a = throw "value"; }.a.${throw "name"} or 1
