# What Debian's packages would put over the configuration's files of /etc, or over what those say, taken out of their rules:
#
#   tmpfiles.d          lines about a path that the configuration has in /etc (Debian's own make /etc/vconsole.conf a link at every boot)
#   sysctl.d            settings that the configuration sets in a file that is read before
#   systemd/*.conf.d    settings that the configuration sets in the main file, which drop-ins go before
#
# A file of /usr/lib yields to one of the same name in /etc. So the rest of such a file, without those lines, is put there.
package DebianRules;
use strict;
use warnings;

my ($tree, $etc, $own);

sub lines {
    my ($path) = @_;
    open(my $in, '<', $path) or return ();
    return <$in>;
}

# Debian's files *.conf of a directory of rules, name => path; those in /etc go before those in /usr/lib.
sub rulesIn {
    my ($directory) = @_;
    return map { m{([^/]+)$} ? ($1 => $_) : () } glob("$tree/usr/lib/$directory/*.conf"), glob("$tree/etc/$directory/*.conf");
}

# The path of a file of the configuration's.
sub ownFile {
    my ($path) = @_;
    return -e "$etc/copies/$path" ? "$etc/copies/$path" : "$etc/etc/$path";
}

# --- tmpfiles.d ---------------------------------------------------------------------------------------------------

# A shell pattern, as rules have it for paths, as a regular expression.
sub patternToRegex {
    my ($pattern) = @_;
    my $regex = '';
    for my $part (split /(\*|\?|\[[^\]]*\])/, $pattern) {
        $regex .= $part eq '*' ? '[^/]*' : $part eq '?' ? '[^/]' : $part =~ /^\[/ ? $part =~ s/^\[!/[^/r : quotemeta $part;
    }
    return qr/^$regex$/;
}

# Whether a rule of tmpfiles.d touches a path that the configuration has, is below one, or is about all that is below a directory.
sub touchesOwn {
    my ($type, $path) = @_;
    $path =~ tr{/}{}s;
    return 0 unless $path =~ s{^/etc(?:/|$)}{};
    $path =~ s{/$}{};
    my ($above, $below) = ($path, $path eq '' ? '' : "$path/");
    do { return 1 if $own->{$above} } while $above =~ s{/[^/]*$}{};
    my $isRecursive = $type =~ /^[RDZTHA]|^C.*\+/;
    my $regex = $path =~ /[*?\[]/ ? patternToRegex($path) : undef;
    return 0 unless $isRecursive || $regex;
    return grep { ($isRecursive && index($_, $below) == 0) || ($regex && $_ =~ $regex) } keys %$own;
}

sub withoutOwnPaths {
    return grep { !(m{^\s*([^\s#]+)\s+(?:"([^"]+)"|'([^']+)'|(\S+))} && touchesOwn($1, $2 // $3 // $4)) } @_;
}

# --- sysctl.d -----------------------------------------------------------------------------------------------------

# "net/ipv4/ip_forward" and "net.ipv4.ip_forward" are the same; a minus before it ignores errors.
sub sysctlKey {
    my ($line) = @_;
    my ($key) = $line =~ /^\s*-?([^\s#;=]+)\s*=/ or return undef;
    $key =~ tr{/.}{./} if $key =~ m{^[^.]*/};
    return $key;
}

# key => the name of the configuration's last file that sets it.
sub ownSysctl {
    my %setBy;
    for my $path (sort grep { m{^sysctl\.d/[^/]+\.conf$} } keys %$own) {
        for (lines(ownFile($path))) { my $key = sysctlKey($_); $setBy{$key} = $path =~ s{.*/}{}r if defined $key }
    }
    return \%setBy;
}

# --- systemd/*.conf.d ---------------------------------------------------------------------------------------------

# Calls back with each line of an ini file and its "Section.Key", or undef.
sub eachSetting {
    my ($run, @lines) = @_;
    my $section = '';
    for (@lines) {
        if (/^\s*\[([^\]]+)\]/) { $section = $1; $run->($_, undef); }
        else { $run->($_, /^\s*([A-Za-z][^\s=]*)\s*=/ ? "$section.$1" : undef) }
    }
}

sub withoutSettingsOf {
    my ($mainFile, @lines) = @_;
    my (%set, @rest);
    eachSetting(sub { $set{$_[1]} = 1 if defined $_[1] }, lines(ownFile($mainFile)));
    eachSetting(sub { push @rest, $_[0] unless defined $_[1] && $set{$_[1]} }, @lines);
    return @rest;
}

# --- all of them --------------------------------------------------------------------------------------------------

# The files to put into /etc, path => text. $ownPaths has the paths of the configuration's files, relative to /etc, as keys.
sub changed {
    ($tree, $etc, $own) = @_;
    my %changed;
    my $reduce = sub {
        my ($directory, $rest) = @_;
        my %rules = rulesIn($directory);
        for my $name (sort keys %rules) {
            next if $own->{"$directory/$name"};
            my @before = lines($rules{$name});
            my @after = $rest->($name, @before);
            $changed{"$directory/$name"} = join('', @after) if @after != @before;
        }
    };
    $reduce->('tmpfiles.d', sub { my ($name, @lines) = @_; return withoutOwnPaths(@lines) });
    my $setBy = ownSysctl();
    $reduce->('sysctl.d', sub {
        my ($name, @lines) = @_;
        return grep { my $key = sysctlKey($_); !(defined $key && defined $setBy->{$key} && $setBy->{$key} lt $name) } @lines;
    });
    for my $main (grep { m{^systemd/[a-z]+\.conf$} } keys %$own) {
        $reduce->("$main.d", sub { my ($name, @lines) = @_; return withoutSettingsOf($main, @lines) });
    }
    return %changed;
}

1;
