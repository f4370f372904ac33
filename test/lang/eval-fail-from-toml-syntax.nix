fromTOML "a ="
