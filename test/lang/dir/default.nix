"from the directory"
