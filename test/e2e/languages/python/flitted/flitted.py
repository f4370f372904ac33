NAME = "flit"
