# Accounts, /etc and the layer of setuid programs, in one process: starting perl takes longer than the work does.
# Usage: perl activate.pl SYSTEM ETC
# SYSTEM is the system's store path, with users.spec and tree; ETC the configuration's tree of /etc.
use strict;
use warnings;

my ($programs) = $0 =~ m{^(.*)/};
require "$programs/Accounts.pm";
require "$programs/Etc.pm";
require "$programs/SetuidLayer.pm";

my ($system, $etc) = @ARGV;
my $status = 0;

# The parts are independent enough that the rest goes on when one fails.
sub attempt {
    my ($what, $run) = @_;
    eval { $run->(); 1 } or do { warn "$what: $@"; $status = 1 };
}

attempt('accounts', sub { Accounts::apply("$system/users.spec") });
attempt('/etc', sub { Etc::apply($system, $etc) });
attempt('homes', sub { Accounts::makeHomes() });
attempt('accounts of packages', sub { system('systemd-sysusers') == 0 or die "systemd-sysusers failed\n" if Accounts::packagesNeedMore() });
attempt('setuid programs', sub {
    my $tree = readlink("$system/tree") // die "$system/tree: $!\n";
    my ($name) = $tree =~ m{([^/]+)$};
    SetuidLayer::apply($tree, "/nix/var/setuid/$name");
});
exit $status;
