throw "my ${"message"}"
