# Accounts, /etc and the upper layer of /usr, in one process: starting perl takes longer than the work does.
# Usage: perl activate.pl SYSTEM ETC
# SYSTEM is the system's store path, with users.spec, tree and usr-layer; ETC the configuration's tree of /etc.
# usr-layer names the layer in its first line, and the packages that are linked in it, a line each.
use strict;
use warnings;

my ($programs) = $0 =~ m{^(.*)/};
require "$programs/Accounts.pm";
require "$programs/DebianRules.pm";
require "$programs/Etc.pm";
require "$programs/UsrLayer.pm";

my ($system, $etc) = @ARGV;
my $status = 0;

# The parts are independent enough that the rest goes on when one fails.
sub attempt {
    my ($what, $run) = @_;
    eval { $run->(); 1 } or do { warn "$what: $@"; $status = 1 };
}

attempt('accounts', sub { Accounts::apply("$system/users.spec", "$system/tree") });
attempt('/etc', sub { Etc::apply($system, $etc) });
attempt('homes', sub { Accounts::makeHomes() });
attempt('accounts of packages', sub { system('systemd-sysusers', Accounts::listsOfPackages()) == 0 or die "systemd-sysusers failed\n" if Accounts::packagesNeedMore() });
attempt('numbers of accounts', sub { Accounts::rememberNumbers() });
attempt('/usr', sub {
    open(my $list, '<', "$system/usr-layer") or die "$system/usr-layer: $!\n";
    chomp(my ($layer, @packages) = <$list>);
    my $tree = readlink("$system/tree") // die("$system/tree: $!\n");
    UsrLayer::apply($tree, $layer, \@packages);
    # Stage 2 of a boot mounts it itself.
    UsrLayer::show($tree, $layer) if ($ENV{NIXOS_ACTION} // '') =~ /^(switch|test)$/;
});
exit $status;
