((import ./system.inc) { bootflake.state = { enable = true; directories = [ "/srv/../etc" ]; }; }).config.bootflake.state.kept
