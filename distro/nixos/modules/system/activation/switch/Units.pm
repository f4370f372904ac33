# The units of a system, read from its files, and what differs between those of two systems.
#
# A system is { root, etc, copies, tree, packages }: its store path, what it links in /etc and what it copies there, the merged tree of
# Debian's packages, and the packages that are not Debian's. Units of the configuration are in etc, those of packages in the others: as
# systemd finds them in /etc and /usr of a machine that runs the system.
package Units;
use strict;
use warnings;

# --- files --------------------------------------------------------------------------------------------------------

sub slurp {
    my ($path) = @_;
    open(my $in, '<', $path) or return undef;
    local $/;
    return scalar <$in>;
}

sub lines {
    my ($text) = @_;
    return defined $text ? split(/\n/, $text) : ();
}

sub ofSystem {
    my ($root) = @_;
    my (undef, @packages) = lines(slurp("$root/usr-layer"));
    my ($etc, $tree) = map { readlink("$root/$_") // "$root/$_" } qw(etc tree);
    return { root => $root, etc => $etc, copies => $etc =~ s{[^/]*$}{copies}r, tree => $tree, packages => \@packages };
}

# The files of the system that a machine has at a path of /etc or /usr, the first one counting.
sub candidates {
    my ($system, $path) = @_;
    if (my ($inEtc) = $path =~ m{^/etc(/.*)$}) {
        return "$system->{etc}$inEtc", "$system->{copies}$inEtc", "$system->{tree}$path";
    }
    $path =~ s{^/(bin|sbin|lib|lib64)/}{/usr/$1/};
    my ($below) = $path =~ m{^/usr(/.*)$} or return $path;
    return "$system->{tree}$path", map { "$_$below" } @{$system->{packages}};
}

# Follows links as on a machine that runs the system. Returns undef if they lead nowhere, "/dev/null" for a unit that is masked.
sub find {
    my ($system, $path) = @_;
    my $most = 10;
    my @wanted = ($path);
    while (defined(my $next = shift @wanted)) {
        return $next if $next eq '/dev/null';
        for my $file (candidates($system, $next)) {
            if (-l $file) {
                return undef unless $most--;
                my $to = readlink $file;
                # A link within the store is followed by the kernel.
                return $file if $to =~ m{^/nix/store/} && -e $file;
                my ($folder) = $next =~ m{^(.*)/};
                push @wanted, $to =~ m{^/} ? $to : "$folder/$to";
                last;
            }
            return $file if -e $file;
        }
    }
    return undef;
}

# --- units --------------------------------------------------------------------------------------------------------

my @unitFolders = ('/etc/systemd/system', '/usr/lib/systemd/system');

sub unitFile {
    my ($system, $unit) = @_;
    for my $folder (@unitFolders) {
        my $file = find($system, "$folder/$unit");
        return $file if defined $file;
    }
    return undef;
}

# Drop-ins of a unit in the order of their names; of those with one name, that of /etc counts.
sub dropins {
    my ($system, $unit) = @_;
    my %byName;
    for my $folder (reverse @unitFolders) {
        for my $directory (reverse candidates($system, "$folder/$unit.d")) {
            opendir(my $handle, $directory) or next;
            $byName{$_} = "$directory/$_" for grep { /\.conf$/ } readdir $handle;
        }
    }
    return map { $byName{$_} } sort keys %byName;
}

# A unit's files: those of its template, if it is an instance without a file of its own, and all drop-ins. Empty if there is no such unit.
sub filesOf {
    my ($system, $unit) = @_;
    my ($base, @more) = (unitFile($system, $unit));
    if ($unit =~ /^(.*@)[^.]*(\..*)$/) {
        my $template = "$1$2";
        @more = dropins($system, $template);
        $base //= unitFile($system, $template);
    }
    my @dropins = (@more, dropins($system, $unit));
    return () unless defined $base;
    return ($base, @dropins);
}

# Sections => keys => list of values. An empty value takes back what came before it.
sub parse {
    my (@files) = @_;
    my %unit;
    for my $file (@files) {
        my $section = '';
        my $text = slurp($file) // next;
        $text =~ s/\\\n/ /g;
        for (lines($text)) {
            if (/^\s*\[([^\]]+)\]/) { $section = $1; $unit{$section} //= {} if $section ne 'Install' }
            elsif (/^\s*([^=\s#;][^=]*?)\s*=\s*(.*?)\s*$/ && $section ne 'Install') {
                my ($key, $value) = ($1, $2);
                if ($value eq '') { $unit{$section}{$key} = [] } else { push @{$unit{$section}{$key}}, $value }
            }
        }
    }
    return \%unit;
}

sub isTrue {
    my ($unit, $section, $key, $default) = @_;
    my $values = $unit->{$section}{$key};
    return $default unless $values && @$values;
    return $values->[-1] =~ /^(1|yes|true|on|y|t)$/i ? 1 : 0;
}

# --- differences --------------------------------------------------------------------------------------------------

# Keys of [Unit] that say nothing about what runs.
my %ignored = map { $_ => 1 } qw(X-Reload-Triggers Description Documentation OnFailure OnSuccess OnFailureJobMode IgnoreOnIsolate
    StopWhenUnneeded RefuseManualStart RefuseManualStop AllowIsolate CollectMode SourcePath);

# What a switch from one unit to the other needs: '', 'reload' or 'restart'.
sub compare {
    my ($old, $new) = @_;
    my $result = '';
    my %sections = map { $_ => 1 } keys %$old, keys %$new;
    for my $section (sort keys %sections) {
        # A section without settings in [Unit] alone is as good as none.
        return 'restart' if $section ne 'Unit' && !($old->{$section} && $new->{$section});
        my ($before, $after) = ($old->{$section} // {}, $new->{$section} // {});
        my %keys = map { $_ => 1 } keys %$before, keys %$after;
        for my $key (keys %keys) {
            next if $before->{$key} && $after->{$key} && join("\n", @{$before->{$key}}) eq join("\n", @{$after->{$key}});
            if ($section eq 'Unit' && $ignored{$key}) { $result = 'reload' if $key eq 'X-Reload-Triggers' && $after->{$key} }
            elsif ($section eq 'Mount' && $key eq 'Options' && $before->{$key} && $after->{$key}) { $result = 'reload' }
            else { return 'restart' }
        }
    }
    return $result;
}

sub sameFile {
    my ($left, $right) = @_;
    return 1 if $left eq $right;
    my @left = stat $left;
    my @right = stat $right;
    return !@left && !@right unless @left && @right;
    return 1 if $left[0] == $right[0] && $left[1] == $right[1];
    return 0 if $left[7] != $right[7];
    open(my $one, '<:raw', $left) or return 0;
    open(my $other, '<:raw', $right) or return 0;
    while (sysread($one, my $block, 1 << 20)) {
        sysread($other, my $same, 1 << 20);
        return 0 if $block ne $same;
    }
    return 1;
}

# Whether the systems' packages differ at all.
sub samePackages {
    my ($old, $new) = @_;
    return $old->{tree} eq $new->{tree} && "@{$old->{packages}}" eq "@{$new->{packages}}";
}

# The programs in /usr that a service starts. One that a unit names in the store has changed when the unit has.
sub programs {
    my ($unit) = @_;
    my @commands = map { @{$unit->{Service}{$_} // []} } qw(ExecStart ExecStartPre ExecStartPost ExecReload);
    my @words = map { m{^[-@:+!|]*(\S+)} ? $1 : () } @commands;
    return grep { m{^/(usr|bin|sbin|lib|lib64)/} } map { index($_, '/') < 0 ? ("/usr/sbin/$_", "/usr/bin/$_") : $_ } @words;
}

# Whether one of a service's programs is another one in the new system: with Debian's packages in /usr, the unit does not show it.
sub programsDiffer {
    my ($old, $new, $unit) = @_;
    for my $program (programs($unit)) {
        my ($before, $after) = (find($old, $program), find($new, $program));
        next unless defined $before || defined $after;
        return 1 unless defined $before && defined $after && sameFile($before, $after);
    }
    return 0;
}

# Whether two systems have other files at a path of /etc or /usr, which may be a directory.
sub filesDiffer {
    my ($old, $new, $path) = @_;
    my $names = sub {
        my ($system) = @_;
        my %names;
        for my $file (candidates($system, $path)) {
            if (-d $file) { opendir(my $handle, $file) or next; $names{$_} = 1 for grep { !/^\./ } readdir $handle }
        }
        return \%names;
    };
    my %names = (%{$names->($old)}, %{$names->($new)});
    for my $place (%names ? map { "$path/$_" } sort keys %names : $path) {
        my ($before, $after) = (find($old, $place), find($new, $place));
        next unless defined $before || defined $after;
        return 1 unless defined $before && defined $after && sameFile($before, $after);
    }
    return 0;
}

1;
