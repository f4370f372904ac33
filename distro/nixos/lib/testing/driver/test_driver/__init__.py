"""The machines, functions and assertions of a NixOS test's script, with the names and texts of NixOS's own driver."""
