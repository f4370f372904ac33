# switch-to-configuration: makes a running machine one of another system, as NixOS does: what changed is stopped, the system is activated,
# and what changed is started again. Messages and exit status are NixOS's:
#   1  nothing was done (arguments, checks, the boot loader)    2  a script of the activation failed
#   3  systemd or systemd-tmpfiles failed                       4  a unit failed
#   100  the machine has to restart for this system
package Switch;
use strict;
use warnings;

# Places that tests have elsewhere.
our ($current, $booted, $users, $uid) = ('/run/current-system', '/run/booted-system', '/run/user', $>);
our ($procMounts, $procHostName) = ('/proc/mounts', '/proc/sys/kernel/hostname');
# Seconds that the service manager of a user may take.
our $userPatience = 300;

my ($out, $action, $status, $plan);

my $usage = <<'END';
check:        run pre-switch checks and exit
switch:       make the configuration the boot default and activate now
boot:         make the configuration the boot default
test:         activate the configuration, but don't make it the boot default
dry-activate: show what would be done if this configuration were activated
END

# Names may come from files: none of them has a terminal do anything.
sub say { print STDERR join('', @_) =~ s/[\x00-\x09\x0b-\x1f\x7f]/?/gr, "\n" }
sub stopWith { my ($code, $text) = @_; say($text); exit $code }

# To the journal, as a program of NixOS does; there may be none.
sub record {
    my ($priority, $text) = @_;
    socket(my $socket, 1, 2, 0) or return;
    # Not waiting (MSG_DONTWAIT) for a journal that has stopped.
    send($socket, "<$priority>nixos: $text", 0x40, pack('S a*', 1, "/dev/log\0"));
}

sub run { return system { $_[0] } @_ }

# --- units that run -----------------------------------------------------------------------------------------------

sub activeUnits {
    local $ENV{LC_ALL} = 'C';
    open(my $list, '-|', 'systemctl', 'list-units', '--full', '--plain', '--no-legend', '--no-pager') or stopWith(3, "systemctl: $!");
    my %units;
    while (<$list>) {
        # Further lines of a description are indented.
        my ($unit, $state, $sub) = /^(\S+) +\S+ +(\S+) +(\S+)/ or next;
        $units{$unit} = { state => $state, sub => $sub } if $state ne 'inactive';
    }
    close $list or stopWith(3, 'systemctl cannot list the units');
    return \%units;
}

# What `systemctl show` has of a unit's property.
sub property {
    my ($unit, $name) = @_;
    open(my $show, '-|', 'systemctl', 'show', '--value', '-p', $name, '--', $unit) or return '';
    my $value = <$show> // '';
    close $show;
    chomp $value;
    return $value;
}

# --- before -------------------------------------------------------------------------------------------------------

sub checkFirst {
    my ($checks) = @_;
    return if $checks eq '' || ($ENV{NIXOS_NO_CHECK} // '') eq '1';
    run('/bin/sh', $checks, $out, $action) == 0 or stopWith(1, 'Pre-switch checks failed');
}

sub installBootLoader {
    my ($installer) = @_;
    stopWith(1, "this system has no boot loader, so it cannot be made the default of the next boot; `test' activates it until then")
        if $installer eq '';
    run(split(' ', $installer), $out) == 0 or stopWith(1, 'Failed to install bootloader');
}

sub checkInterface {
    my ($before, $after) = map { Units::slurp("$_/init-interface-version") // '' } $current, $out;
    return if $before eq $after;
    stopWith(100, "Warning: the new NixOS configuration has an 'init' that is\nincompatible with the current configuration.  The new "
        . "configuration\nwon't take effect until you reboot the system.");
}

sub makePlan {
    my %mounted = map { my $place = (split)[1]; $place =~ s/\\([0-7]{3})/chr oct $1/ger => 1 } Units::lines(Units::slurp($procMounts));
    $plan = Plan->new(
        old => Units::ofSystem(readlink($current) // $current),
        new => Units::ofSystem($out),
        active => activeUnits(),
        dry => $action eq 'dry-activate',
    );
    $plan->compareAll();
    $plan->compareFstab(sub { $mounted{$_[0]} });
    eval { $plan->save(); 1 } or stopWith(1, "Nothing was changed, as what is to be done cannot be written down: $@");
}

# Later, the switch goes on: services that were stopped are to be started. It cannot be completed by the next one, if it is interrupted.
sub attempt {
    my ($run) = @_;
    return if eval { $run->(); 1 };
    say("warning: $@" =~ s/\n$//r);
    failed(3);
}

# systemd itself is another program or reads another configuration.
sub systemdDiffers {
    return grep { Units::filesDiffer($plan->{old}, $plan->{new}, $_) } '/usr/lib/systemd/systemd', '/etc/systemd/system.conf',
        '/etc/systemd/system.conf.d';
}

sub list {
    my ($text, $list) = @_;
    my @names = $plan->names($list);
    say("$text: ", join(', ', @names)) if @names;
}

# What a running machine cannot take on.
sub showWhatWaits {
    my @waiting;
    for (['kernel', 'kernel'], ['initrd', 'initrd'], ['kernel-params', 'kernel parameters']) {
        my ($file, $name) = @$_;
        my ($before, $after) = map { readlink("$_/$file") // Units::slurp("$_/$file") // '' } $booted, $out;
        push @waiting, $name if $before ne $after;
    }
    say('the following parts take effect when the machine restarts: ', join(', ', @waiting)) if @waiting;
}

sub dryRun {
    list('would stop the following units', 'stop');
    list('would NOT stop the following changed units', 'skip');
    say("would stop swap device: $_") for @{$plan->{swapOff}};
    say('would activate the configuration...');
    run("$out/dry-activate", $out) if -e "$out/dry-activate";
    $plan->readRequests();
    say('would restart systemd') if systemdDiffers();
    list('would reload the following units', 'reload');
    list('would restart the following units', 'restart');
    list('would start the following units', 'start');
    showWhatWaits();
    exit 0;
}

# --- the switch ---------------------------------------------------------------------------------------------------

sub failed { my ($code) = @_; $status = $code if $code > $status }

sub systemctl { return run('systemctl', @_) == 0 }

sub stopUnits {
    list('stopping the following units', 'stop');
    # As in NixOS: what cannot be stopped shows in what follows.
    systemctl('stop', '--', sort keys %{$plan->{stop}}) if %{$plan->{stop}};
    list('NOT restarting the following changed units', 'skip');
    for my $device (@{$plan->{swapOff}}) {
        say("stopping swap device: $device");
        run('swapoff', '--', $device);
    }
}

sub setHostName {
    my ($before, $after) = map { (Units::lines(Units::slurp(Units::find($_, '/etc/hostname') // '')))[0] // '' } @$plan{qw(old new)};
    return if $after eq '' || $after eq $before;
    open(my $name, '>', $procHostName) or return failed(2);
    print $name $after;
    close($name) or failed(2);
}

sub activate {
    my $restartsSystemd = systemdDiffers();
    say('activating the configuration...');
    if (run("$out/activate", $out) != 0) { say('Failed to run activate script'); failed(2) }
    setHostName();
    attempt(sub { $plan->readRequests() });
    if ($restartsSystemd) {
        say('restarting systemd...');
        systemctl('daemon-reexec') or failed(3);
    }
    systemctl('reset-failed') if grep { $_->{state} eq 'failed' } values %{$plan->{active}};
    systemctl('daemon-reload') or failed(3);
    reloadUsers($restartsSystemd);
    say('setting up tmpfiles');
    run('systemd-tmpfiles', '--create', '--remove', '--exclude-prefix=/dev') == 0 or failed(3);
}

# What is at the socket of a user's service manager is the user's, and may never reply.
sub endsWell {
    my ($child) = @_;
    my $deadline = time + $userPatience;
    while (waitpid($child, 1) == 0) {
        if (time >= $deadline) {
            say("warning: it did not reply within $userPatience s");
            kill KILL => -$child;
            waitpid($child, 0);
            return 0;
        }
        select(undef, undef, undef, 0.02);
    }
    return $? == 0;
}

# The service managers of users who are logged in, and the scripts that run as each of them.
sub reloadUsers {
    my ($restartsSystemd) = @_;
    for my $directory (glob("$users/*")) {
        my ($number) = $directory =~ m{/([0-9]+)$} or next;
        next unless -e "$directory/systemd/private";
        my ($name, undef, $user, $group) = getpwuid $number or next;
        say("reloading user units for $name...");
        my $child = fork() // die "fork: $!\n";
        if ($child == 0) {
            setpgrp;
            if ($uid == 0) {
                $) = "$group $group"; $( = $group; $< = $> = $user;
                exit 1 unless $< == $user && $> == $user;
            }
            %ENV = (PATH => $ENV{PATH}, XDG_RUNTIME_DIR => $directory);
            my $isDone = systemctl('--user', $restartsSystemd ? 'daemon-reexec' : 'daemon-reload');
            $isDone = systemctl('--user', 'restart', 'nixos-activation.service') && $isDone
                if Units::find($plan->{new}, '/etc/systemd/user/nixos-activation.service');
            exit($isDone ? 0 : 1);
        }
        failed(4) unless endsWell($child);
    }
}

# What was to be reloaded may have been stopped since, with what it needs: it is started instead.
sub reloadInactiveAsStart {
    my @units = sort keys %{$plan->{reload}} or return;
    open(my $states, '-|', 'systemctl', 'is-active', '--', @units) or return;
    my @states = <$states>;
    close $states;
    for my $at (0 .. $#units) {
        next if ($states[$at] // '') =~ /^(active|activating|reloading)$/;
        my $unit = $units[$at];
        delete $plan->{reload}{$unit};
        my $info = Units::parse(Units::filesOf($plan->{new}, $unit));
        $plan->{start}{$unit} = 1 unless Plan::is($info, 'RefuseManualStart') || Plan::is($info, 'X-OnlyManualStart');
    }
    attempt(sub { $plan->save() });
}

sub startUnits {
    reloadInactiveAsStart();
    for (['reload', 'reloading the following units'], ['restart', 'restarting the following units'], ['start', 'starting the following units']) {
        my ($what, $text) = @$_;
        list($text, $what);
        my @units = sort keys %{$plan->{$what}};
        systemctl($what, '--', @units) or failed(4) if @units;
        $plan->done($what);
    }
}

# Units that run now and did not before, and those that failed.
sub report {
    # A service that is started by executing it alone fails a moment later.
    select(undef, undef, undef, 0.25);
    my $now = activeUnits();
    my (@new, @failed);
    for my $unit (sort { lc $a cmp lc $b || $a cmp $b } keys %$now) {
        my ($state, $sub) = @{$now->{$unit}}{qw(state sub)};
        if ($state eq 'failed' || $sub eq 'auto-restart' && $unit =~ /\.service$/ && property($unit, 'ExecMainStatus') ne '0') { push @failed, $unit }
        elsif (!$plan->{active}{$unit} && $unit !~ /\.scope$/) { push @new, $unit }
    }
    say('the following new units were started: ', join(', ', @new)) if @new;
    showWhatWaits();
    return unless @failed;
    say('warning: the following units failed: ', join(', ', @failed));
    open(my $stdout, '>&', \*STDOUT);
    open(STDOUT, '>&', \*STDERR);
    systemctl('status', '--no-pager', '--full', '--', @failed);
    open(STDOUT, '>&', $stdout);
    failed(4);
}

# $system: the store path of the new system; $given: { installBootLoader, preSwitchChecks }.
sub main {
    ($out, my $given, $action) = @_;
    $status = 0;
    stopWith(1, "Usage: switch-to-configuration [check|switch|boot|test|dry-activate]\n$usage")
        unless defined $action && $action =~ /^(check|switch|boot|test|dry-activate)$/;
    stopWith(1, 'switch-to-configuration must be run as the root user') unless $uid == 0;
    stopWith(1, "This is not a machine of this distribution: $current has no activation script") unless -e "$current/activate";
    $ENV{NIXOS_ACTION} = $action;
    -d $Plan::run or mkdir($Plan::run, 0755) or stopWith(1, "$Plan::run: $!");
    open(my $lock, '>>', "$Plan::run/switch-to-configuration.lock") or stopWith(1, 'Could not open lock');
    flock($lock, 2) or stopWith(1, 'Could not acquire lock');

    checkFirst($given->{preSwitchChecks});
    exit 0 if $action eq 'check';
    installBootLoader($given->{installBootLoader}) if $action =~ /^(switch|boot)$/;
    run('sync', '-f', '/nix/store') if $action ne 'dry-activate' && ($ENV{NIXOS_NO_SYNC} // '') ne '1';
    exit 0 if $action eq 'boot';
    checkInterface();
    # The terminal of whoever switches may be a unit that restarts.
    $SIG{HUP} = $SIG{PIPE} = 'IGNORE';

    makePlan();
    dryRun() if $plan->{dry};
    record(13, "switching to system configuration $out");
    stopUnits();
    activate();
    startUnits();
    report();
    record($status ? 11 : 13, $status ? "switching to system configuration $out failed (status $status)"
        : "finished switching to system configuration $out");
    exit $status;
}

1;
