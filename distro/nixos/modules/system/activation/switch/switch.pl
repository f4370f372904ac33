# Usage: perl switch.pl SYSTEM INSTALLER CHECKS ACTION, or by a system's bin/switch-to-configuration, which adds the first three.
# SYSTEM is the store path of the system to switch to; INSTALLER the command that makes it the default of the next boot, CHECKS a script
# that may refuse the switch: both may be empty. See Switch.pm.
use strict;
use warnings;

my ($programs) = __FILE__ =~ m{^(.*)/};
require "$programs/Units.pm";
require "$programs/Plan.pm";
require "$programs/Switch.pm";

my ($system, $installer, $checks, $action) = @ARGV;
Switch::main($system, { installBootLoader => $installer, preSwitchChecks => $checks }, $action);
