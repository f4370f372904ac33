# What a switch does to which units, by the rules of NixOS: the keys X-* of units, what changed, and what kind of unit it is.
#
# The lists are kept in files too, while the switch lasts: one that was interrupted is completed by the next.
package Plan;
use strict;
use warnings;

our $run = '/run/nixos';

# Units of Debian's packages, which know nothing of switches: what NixOS's modules say of the same ones.
my %neverRestarted = map { $_ => 1 } qw(dbus getty@ serial-getty@ console-getty container-getty@ autovt@ user@ user-runtime-dir@
    systemd-user-sessions systemd-logind systemd-journal-flush systemd-random-seed systemd-remount-fs systemd-update-utmp
    systemd-udev-trigger systemd-udev-settle systemd-fsck@ systemd-fsck-root systemd-tmpfiles-setup systemd-tmpfiles-setup-dev
    systemd-tmpfiles-setup-dev-early kmod-static-nodes systemd-growfs@ systemd-growfs-root systemd-backlight@ systemd-rfkill rescue emergency);
my %reloaded = (dbus => 1);
my %notStopped = map { $_ => 1 } qw(systemd-journald systemd-networkd systemd-resolved systemd-udevd ssh);
# Files of /etc that they read when they start, for which NixOS's modules have restartTriggers.
my %filesOf = (
    'systemd-sysctl' => ['/etc/sysctl.d', '/usr/lib/sysctl.d', '/etc/sysctl.conf'],
    'systemd-modules-load' => ['/etc/modules-load.d', '/usr/lib/modules-load.d'],
    'systemd-resolved' => ['/etc/systemd/resolved.conf', '/etc/systemd/resolved.conf.d'],
    'systemd-timesyncd' => ['/etc/systemd/timesyncd.conf', '/etc/systemd/timesyncd.conf.d'],
    'systemd-journald' => ['/etc/systemd/journald.conf', '/etc/systemd/journald.conf.d'],
    'systemd-logind' => ['/etc/systemd/logind.conf', '/etc/systemd/logind.conf.d'],
    'systemd-networkd' => ['/etc/systemd/networkd.conf', '/etc/systemd/networkd.conf.d', '/etc/systemd/network'],
    'systemd-udevd' => ['/etc/udev/udev.conf', '/etc/udev/rules.d', '/etc/systemd/network'],
    'systemd-vconsole-setup' => ['/etc/vconsole.conf'],
    dbus => ['/etc/dbus-1', '/etc/dbus-1/system.d', '/usr/share/dbus-1/system.d'],
);

# The name by which the tables have a unit: of a service alone, that of its template.
sub tableName {
    my ($unit) = @_;
    my ($name) = $unit =~ /^(.*)\.service$/ or return '';
    return $name =~ s/@.+$/\@/r;
}

# Of a unit's key X-*: what it says, else what the tables do.
sub marker {
    my ($unit, $info, $key, $default) = @_;
    my $name = tableName($unit);
    $default = 0 if $key eq 'X-RestartIfChanged' && $neverRestarted{$name} || $key eq 'X-StopIfChanged' && $notStopped{$name};
    $default = 1 if $key eq 'X-ReloadIfChanged' && $reloaded{$name};
    return Units::isTrue($info, 'Service', $key, $default);
}

sub is { return Units::isTrue($_[0], 'Unit', $_[1], 0) }

# --- the plan -----------------------------------------------------------------------------------------------------

# $active: the units that run, name => { state, sub }. With $dry nothing is written.
sub new {
    my ($class, %given) = @_;
    my $plan = bless { %given, map { ($_ => {}) } qw(stop start restart reload skip hidden) }, $class;
    for my $list (qw(start restart reload)) {
        $plan->{$list}{$_} = 1 for grep { $_ ne '' && !$plan->isGone($_) } Units::lines(Units::slurp("$run/$list-list"));
    }
    return $plan;
}

# Whether the present system has a unit and the new one has not: the switch that was interrupted was to another one.
sub isGone {
    my ($plan, $unit) = @_;
    my @before = Units::filesOf($plan->{old}, $unit) or return 0;
    my @after = Units::filesOf($plan->{new}, $unit);
    return !@after;
}

# Names of a list, as they are shown.
sub names {
    my ($plan, $list) = @_;
    return sort { lc $a cmp lc $b || $a cmp $b } grep { !$plan->{hidden}{$_} } keys %{$plan->{$list}};
}

sub write {
    my ($plan, $list) = @_;
    return if $plan->{dry} || $list !~ /^(start|restart|reload)$/;
    my $file = "$run/$list-list";
    open(my $out, '>', "$file.new") or die "$file.new: $!\n";
    print $out map { "$_\n" } sort keys %{$plan->{$list}};
    return if close($out) && rename("$file.new", $file);
    my $why = $!;
    unlink "$file.new";
    die "$file: $why\n";
}

# Before anything is done: what a switch that is interrupted has to do still.
sub save { my ($plan) = @_; $plan->write($_) for qw(start restart reload) }
sub done { my ($plan, $list) = @_; unlink "$run/$list-list" unless $plan->{dry} }

sub compareAll {
    my ($plan) = @_;
    $plan->compareUnit($_) for sort keys %{$plan->{active}};
}

sub compareUnit {
    my ($plan, $unit) = @_;
    return unless $plan->{active}{$unit}{state} =~ /^(active|activating)$/;
    my @before = Units::filesOf($plan->{old}, $unit) or return;
    # It was masked before, too: the initrd made such a mount.
    return if $before[0] eq '/dev/null';
    my @after = Units::filesOf($plan->{new}, $unit);
    if (!@after || $after[0] eq '/dev/null') {
        $plan->{stop}{$unit} = 1 if Units::isTrue(Units::parse(@before), 'Unit', 'X-StopOnRemoval', 1);
        return;
    }
    return $plan->restartTarget($unit, Units::parse(@after)) if $unit =~ /\.target$/;
    my $needs = $plan->difference($unit, \@before, \@after);
    if ($needs eq 'restart') { $plan->modified($unit, Units::parse(@after)) }
    elsif ($needs eq 'reload' && !$plan->{restart}{$unit}) { $plan->{reload}{$unit} = 1 }
}

sub difference {
    my ($plan, $unit, $before, $after) = @_;
    my ($old, $new) = @$plan{qw(old new)};
    my $isSame = @$before == @$after && !grep { !Units::sameFile($before->[$_], $after->[$_]) } 0 .. $#$before;
    my $needs = $isSame ? '' : Units::compare(Units::parse(@$before), Units::parse(@$after));
    return $needs if $needs eq 'restart' || $unit !~ /\.service$/;
    return 'restart' if grep { Units::filesDiffer($old, $new, $_) } @{$filesOf{tableName($unit)} // []};
    return 'restart' if !Units::samePackages($old, $new) && Units::programsDiffer($old, $new, Units::parse(@$after));
    return $needs;
}

# All active targets are started again below: that starts what they want now, and what was stopped. A target that others are ordered after
# is stopped before, if it says so, for otherwise they would not wait for what is ordered before it.
sub restartTarget {
    my ($plan, $unit, $info) = @_;
    unless ($unit =~ /^(suspend|hibernate|hybrid-sleep)\.target$/ || is($info, 'RefuseManualStart') || is($info, 'X-OnlyManualStart')) {
        $plan->{start}{$unit} = $plan->{hidden}{$unit} = 1;
    }
    $plan->{stop}{$unit} = 1 if is($info, 'X-StopOnReconfiguration');
}

# A unit that is another one now. $byScript: an activation script asked for it, when all that is to be stopped has been.
sub modified {
    my ($plan, $unit, $info, $byScript) = @_;
    return if $unit =~ /^(sysinit|basic|multi-user|graphical)\.target$/ || $unit =~ /\.(path|slice|socket|device|scope)$/;
    if ($unit =~ /\.mount$/) {
        # What the system itself is on cannot be taken away.
        $plan->{$unit =~ /^(-|nix|nix-store|usr)\.mount$/ ? 'reload' : 'restart'}{$unit} = 1;
        return;
    }
    my $stopped = $plan->{$byScript ? 'restart' : 'stop'};
    if (marker($unit, $info, 'X-ReloadIfChanged', 0) && !$plan->{restart}{$unit} && !$stopped->{$unit}) {
        $plan->{reload}{$unit} = 1;
    } elsif (!marker($unit, $info, 'X-RestartIfChanged', 1) || is($info, 'RefuseManualStop') || is($info, 'X-OnlyManualStart')) {
        $plan->{skip}{$unit} = 1;
    } elsif ($unit !~ /\.service$/ || !marker($unit, $info, 'X-StopIfChanged', 1)) {
        $plan->{restart}{$unit} = 1;
        delete $plan->{reload}{$unit};
    } else {
        $stopped->{$unit} = 1;
        delete $plan->{reload}{$unit};
        my $started = $plan->{$byScript ? 'restart' : 'start'};
        $started->{$unit} = 1 unless $plan->restartSockets($unit, $info, $stopped, $started);
    }
}

# The sockets of a service are stopped with it and started in its place. Returns whether it has any that run.
sub restartSockets {
    my ($plan, $unit, $info, $stopped, $started) = @_;
    return 0 if marker($unit, $info, 'X-NotSocketActivated', 0);
    my $isActivated = 0;
    my @sockets = map { split } @{$info->{Service}{Sockets} // []};
    @sockets = ($unit =~ s/\.service$/.socket/r) unless @sockets;
    for my $socket (grep { $plan->{active}{$_} } @sockets) {
        $stopped->{$socket} = 1;
        next unless my @files = Units::filesOf($plan->{new}, $socket);
        $started->{$socket} = 1;
        $isActivated = 1;
    }
    return $isActivated;
}

# --- what activation scripts ask for ------------------------------------------------------------------------------

sub readRequests {
    my ($plan) = @_;
    my $prefix = "$run/" . ($plan->{dry} ? 'dry-' : '') . 'activation';
    for my $unit (grep { $_ ne '' } Units::lines(Units::slurp("$prefix-restart-list"))) {
        if (!$plan->{active}{$unit}) { $plan->{start}{$unit} = 1; next }
        $plan->modified($unit, Units::parse(Units::filesOf($plan->{new}, $unit)), 1);
    }
    for my $unit (grep { $_ ne '' } Units::lines(Units::slurp("$prefix-reload-list"))) {
        $plan->{reload}{$unit} = 1 if $plan->{active}{$unit} && !$plan->{restart}{$unit} && !$plan->{stop}{$unit};
    }
    $plan->save();
    unlink "$prefix-restart-list", "$prefix-reload-list";
}

# --- file systems and swap ----------------------------------------------------------------------------------------

# The lines of an fstab: file systems by their places, swap devices. Blanks are written as \040.
sub parseFstab {
    my ($text) = @_;
    my (%fileSystems, %swap);
    for (Units::lines($text)) {
        next if /^\s*(#|$)/;
        my ($device, $place, $type, $options) = split;
        next unless defined $type;
        s/\\([0-3][0-7]{2})/chr oct $1/ge for $device, $place;
        if ($type eq 'swap') { $swap{$device} = $options // '' }
        else { $fileSystems{$place} = { device => $device, type => $type, options => $options // '' } }
    }
    return (\%fileSystems, \%swap);
}

# As systemd-escape --path --suffix=mount has it.
sub mountUnit {
    my ($place) = @_;
    $place =~ tr{/}{}s;
    $place =~ s{^/|/$}{}g;
    return '-.mount' if $place eq '';
    $place =~ s{([^A-Za-z0-9:_./]|^\.)}{sprintf '\\x%02x', ord $1}ge;
    return $place =~ s{/}{-}gr . '.mount';
}

# $mounted: whether something is mounted at a place. What the fstab has for the initrd alone is not there to be unmounted.
sub compareFstab {
    my ($plan, $mounted) = @_;
    my ($before, $swapBefore) = parseFstab(Units::slurp("$plan->{old}{etc}/fstab"));
    my ($after, $swapAfter) = parseFstab(Units::slurp("$plan->{new}{etc}/fstab"));
    for my $place (sort keys %$before) {
        my ($old, $new, $unit) = ($before->{$place}, $after->{$place}, mountUnit($place));
        my $isSystems = $place =~ m{^/+(nix(/store)?|usr)?/*$};
        if (!$new) { if ($isSystems) { $plan->{skip}{$unit} = 1 } elsif ($mounted->($place)) { $plan->{stop}{$unit} = 1 } }
        elsif ($old->{type} ne $new->{type} || $old->{device} ne $new->{device}) {
            if (!$isSystems) { $plan->{restart}{$unit} = 1 }
            elsif ($old->{options} ne $new->{options}) { $plan->{reload}{$unit} = 1 }
            else { $plan->{skip}{$unit} = 1 }
        }
        elsif ($old->{options} ne $new->{options}) { $plan->{reload}{$unit} = 1 }
    }
    $plan->{swapOff} = [grep { !exists $swapAfter->{$_} } sort keys %$swapBefore];
}

1;
