fromTOML "a = \"\\e\""
