./a/${true}
