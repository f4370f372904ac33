# Brings /etc/passwd, group, shadow, gshadow, subuid and subgid into line with the declared users and groups.
#
# The list of them is lines of `user NAME` or `group NAME`, each followed by lines ` KEY VALUE` (one blank before the key), and at its
# head ` mutable 0|1`. Ids in it are wishes when `auto` is 1: an account that exists keeps its ids, and an id that is taken
# goes to the next free one, so that no file on the disk changes its owner when the configuration grows.
# Accounts that were declared once and are not any more are removed; others stay, unless users are not mutable.
#
# The numbers of all accounts that ever were are remembered: files may be on a disk that lasts when the system with its /etc is replaced.
# An account gets the number that it had, and one that is gone leaves its number to nobody.
package Accounts;
use strict;
use warnings;

my $declaredFile = '/var/lib/bootflake/declared-accounts';
# Lines of passwd and group, after `user ' or `group '.
my $numbersFile = '/var/lib/bootflake/account-numbers';

# --- reading ------------------------------------------------------------------------------------------------------

sub slurpLines {
    my ($path) = @_;
    open(my $in, '<', $path) or return ();
    chomp(my @lines = <$in>);
    close $in;
    return @lines;
}

# The colon-separated data base at $path, as a hash by its first field.
sub readDatabase {
    my ($path) = @_;
    return map { my @f = split(/:/, $_, -1); ($f[0] => \@f) } grep { /^[^:#]+:/ } slurpLines($path);
}

sub readSpec {
    my ($path) = @_;
    my (%spec, $current);
    $spec{user} = {}; $spec{group} = {}; $spec{mutable} = 1;
    for my $line (slurpLines($path)) {
        if ($line =~ /^(user|group) (.+)$/) { $current = $spec{$1}{$2} = { name => $2 }; }
        elsif ($line =~ /^ ([A-Za-z]+) ?(.*)$/) { if ($current) { $current->{$1} = $2 } else { $spec{$1} = $2 } }
    }
    return \%spec;
}

# --- writing ------------------------------------------------------------------------------------------------------

# Replaces $path whole, and only if its text differs.
sub writeFile {
    my ($path, $mode, $group, $text) = @_;
    if (open(my $old, '<', $path)) {
        local $/;
        my $before = <$old> // '';
        return if $before eq $text && ((stat $path)[2] & 07777) == $mode;
    }
    my $new = "$path.new";
    unlink $new;
    my $mask = umask 077;
    open(my $out, '>', $new) or die "$new: $!\n";
    umask $mask;
    chown(0, $group, $new) or die "$new: $!\n";
    chmod($mode, $new) or die "$new: $!\n";
    print $out $text;
    close($out) or die "$new: $!\n";
    rename($new, $path) or die "$path: $!\n";
}

# Lines by ascending numeric $column, then name, so that the files are the same whatever the order of declaration.
sub formatDatabase {
    my ($rows, $column) = @_;
    my @sorted = sort { ($column ? $a->[$column] <=> $b->[$column] : 0) || $a->[0] cmp $b->[0] } values %$rows;
    return join('', map { join(':', @$_) . "\n" } @sorted);
}

# --- passwords ----------------------------------------------------------------------------------------------------

# SHA-512 with the default 5,000 rounds: yescrypt would take a second or more at each login without KVM.
# An empty password is an empty field: a hash of it would have some programs ask for what needs no answer.
sub hashPassword {
    my ($password) = @_;
    return '' if $password eq '';
    open(my $random, '<', '/dev/urandom') or die "/dev/urandom: $!\n";
    read($random, my $bytes, 16);
    my @alphabet = ('.', '/', 0 .. 9, 'A' .. 'Z', 'a' .. 'z');
    my $salt = join('', map { $alphabet[ord($_) & 63] } split(//, $bytes));
    return crypt($password, "\$6\$$salt\$");
}

# The shadow field that the declaration asks for, or undef.
sub declaredHash {
    my ($user, $isNew) = @_;
    if (defined $user->{hashedPasswordFile}) {
        my ($hash) = slurpLines($user->{hashedPasswordFile});
        return $hash if defined $hash;
        warn "user $user->{name}: hashedPasswordFile $user->{hashedPasswordFile} cannot be read, the password stays locked\n";
    }
    return hashPassword($user->{password}) if defined $user->{password};
    return $user->{hashedPassword} if defined $user->{hashedPassword};
    return undef unless $isNew;
    return hashPassword($user->{initialPassword}) if defined $user->{initialPassword};
    return $user->{initialHashedPassword};
}

# The merged tree of the system's packages, which may not be at /usr yet.
my $tree = '';

my ($spec, $mutable, %passwd, %group, %shadow, %gshadow, %remembered);

# --- ids ----------------------------------------------------------------------------------------------------------

# The id for a declared account: its fixed one, else the one it has, else its wish or the next free above (system: below).
sub chooseId {
    my ($declared, $existing, $taken, $what) = @_;
    my $id = $declared->{id};
    my $remembered = $remembered{$what}{$declared->{name}};
    $existing //= $remembered->[2] if $remembered;
    if ($declared->{auto} && defined $existing) { $id = $existing }
    elsif ($declared->{auto}) { $id += ($id >= 1000 ? 1 : -1) while $taken->{$id} }
    elsif (defined $existing && $existing != $id) {
        warn "$what $declared->{name} keeps its id $existing (declared: $id); change it by hand, with the files it owns\n";
        $id = $existing;
    }
    $taken->{$id} = $declared->{name};
    return $id;
}

# --- numbers that were given once ---------------------------------------------------------------------------------

sub recallNumbers {
    %remembered = (user => {}, group => {});
    for (slurpLines($numbersFile)) {
        my ($what, $line) = /^(user|group) (.*)$/ or next;
        my @row = split(/:/, $line, -1);
        $remembered{$what}{$row[0]} = \@row if @row == ($what eq 'user' ? 7 : 4) && $row[2] =~ /^\d{1,10}$/;
    }
}

sub rememberNumbers {
    recallNumbers();
    my %group = readDatabase('/etc/group');
    my %passwd = readDatabase('/etc/passwd');
    $remembered{group}{$_} = [@{$group{$_}}[0 .. 2], ''] for grep { @{$group{$_}} == 4 } keys %group;
    $remembered{user}{$_} = $passwd{$_} for grep { @{$passwd{$_}} == 7 } keys %passwd;
    my $lines = '';
    for my $what ('group', 'user') { $lines .= "$what " . join(':', @{$remembered{$what}{$_}}) . "\n" for sort keys %{$remembered{$what}} }
    writeFile($numbersFile, 0644, 0, $lines);
}

# Packages' own lists of accounts, in the order of their names. One in /etc is there instead of the package's of that name.
sub listsOfPackages {
    my %byName = map { m{([^/]+)$} ? ($1 => $_) : () } glob("$tree/usr/lib/sysusers.d/*.conf"), glob('/etc/sysusers.d/*.conf');
    return map { $byName{$_} } sort keys %byName;
}

# Accounts of these lists, which systemd-sysusers would give any free number, with the one that they had.
sub restoreOfPackages {
    for my $file (listsOfPackages()) {
        for (slurpLines($file)) {
            my ($kind, $name) = /^([ug])!?\s+(\S+)/ or next;
            my ($user, $group) = ($remembered{user}{$name}, $remembered{group}{$name});
            if ($group && !$group{$name} && !$spec->{group}{$name}) {
                $group{$name} = [@$group];
                $gshadow{$name} = [$name, '!*', '', ''];
            }
            next unless $kind eq 'u' && $user && !$passwd{$name} && !$spec->{user}{$name};
            $passwd{$name} = [@$user];
            $shadow{$name} = [$name, '!*', '1', '', '', '', '', '', ''];
        }
    }
}

# --- the run ------------------------------------------------------------------------------------------------------

# What was declared once and is not any more goes; with immutable users, so does everything that is not declared.
sub removeUndeclared {
    my %declaredBefore = map { $_ => 1 } slurpLines($declaredFile);
    for my $name (keys %passwd) {
        next if $spec->{user}{$name} || ($mutable && !$declaredBefore{"user $name"});
        delete $passwd{$name};
        delete $shadow{$name};
    }
    for my $name (keys %group) {
        next if $spec->{group}{$name} || ($mutable && !$declaredBefore{"group $name"});
        delete $group{$name};
        delete $gshadow{$name};
    }
}

# Ids that are in use or promised.
sub takenIds {
    my ($rows, $declared, $remembered) = @_;
    my %taken = map { $_->[2] => $_->[0] } values %$remembered, values %$rows;
    $taken{$_->{id}} //= $_->{name} for grep { !$_->{auto} } values %$declared;
    return \%taken;
}

sub setGroup {
    my ($declared, $taken) = @_;
    my $name = $declared->{name};
    my $row = $group{$name};
    my $gid = chooseId($declared, $row ? $row->[2] : undef, $taken, 'group');
    my %members = map { $_ => 1 } split(/,/, $declared->{members} // '');
    # Members that were added by hand stay, unless they are declared users, whose groups are declared, too.
    if ($row && $mutable) { $members{$_} = 1 for grep { !$spec->{user}{$_} && $passwd{$_} } split(/,/, $row->[3] // '') }
    my $list = join(',', sort keys %members);
    $group{$name} = [$name, 'x', $gid, $list];
    $gshadow{$name} = [$name, '*', '', $list];
}

sub setUser {
    my ($declared, $taken) = @_;
    my $name = $declared->{name};
    my $row = $passwd{$name};
    my $uid = chooseId($declared, $row ? $row->[2] : undef, $taken, 'user');
    my $primary = $group{$declared->{group}} or die "user $name: there is no group $declared->{group}\n";
    my $keepShell = $row && $mutable && -x $row->[6];
    $passwd{$name} = [$name, 'x', $uid, $primary->[2], $declared->{description} // '', $declared->{home}, $keepShell ? $row->[6] : $declared->{shell}];
    my $old = $shadow{$name};
    if (!$old || !$mutable) {
        my $hash = declaredHash($declared, !$old);
        my @rest = $old ? @{$old}[2 .. 8] : ('1', '', '', '', '', '', '');
        $shadow{$name} = [$name, $hash // '!', map { $_ // '' } @rest];
    }
    $shadow{$name}[7] = $declared->{expires} // '';
}

# Subordinate ids for rootless containers: 65,536 for each user that asks for them, at a place that follows from the uid.
sub writeSubordinateIds {
    my (@subuid, @subgid);
    for my $name (sort keys %{$spec->{user}}) {
        my $declared = $spec->{user}{$name};
        push @subuid, "$name:$_\n" for split(/ /, $declared->{subUids} // '');
        push @subgid, "$name:$_\n" for split(/ /, $declared->{subGids} // '');
        next unless $declared->{autoSubIds};
        my $start = 100000 + 65536 * ($passwd{$name}[2] - 1000);
        push @subuid, "$name:$start:65536\n";
        push @subgid, "$name:$start:65536\n";
    }
    writeFile('/etc/subuid', 0644, 0, join('', @subuid));
    writeFile('/etc/subgid', 0644, 0, join('', @subgid));
}

# Copies $from, a file or a tree, links followed, for an owner, who may enter a folder when it is whole: a link there would lead root
# elsewhere.
sub copyFor {
    my ($uid, $gid, $from, $to) = @_;
    if (-d $from) {
        mkdir($to, 0700) or die "$to: $!\n";
        opendir(my $handle, $from) or die "$from: $!\n";
        copyFor($uid, $gid, "$from/$_", "$to/$_") for grep { $_ ne '.' && $_ ne '..' } readdir $handle;
        chmod(0755, $to);
    } else {
        open(my $in, '<', $from) or return;
        open(my $out, '>', $to) or die "$to: $!\n";
        local $/;
        print $out scalar(<$in>) // '';
        close($out) or die "$to: $!\n";
    }
    chown($uid, $gid, $to);
}

# A home is made once, whole, from the skeleton; one that is there already stays as it is.
sub makeHome {
    my ($declared) = @_;
    my ($path, $row) = ($declared->{home}, $passwd{$declared->{name}});
    return if -e $path;
    my ($above, $new) = ('', $path =~ s{/*$}{.new}r);
    my @parts = split m{/}, $path;
    for my $part (@parts[0 .. $#parts - 1]) { $above .= "$part/"; mkdir($above, 0755) if $above ne '/' && !-d $above }
    # That of an activation that was interrupted.
    system('rm', '-rf', '--', $new) if -l $new || -e _;
    if (-d '/etc/skel') { copyFor($row->[2], $row->[3], '/etc/skel', $new) } else { mkdir($new, 0700) or die "$new: $!\n" }
    chown($row->[2], $row->[3], $new);
    chmod(oct($declared->{homeMode} // '0700'), $new);
    rename($new, $path) or die "$path: $!\n";
}

# Whether a package's own list of accounts names one that is not there.
sub packagesNeedMore {
    for my $file (listsOfPackages()) {
        for (slurpLines($file)) {
            return 1 if /^u!?\s+(\S+)/ && !$passwd{$1} || /^g\s+(\S+)/ && !$group{$1};
        }
    }
    return 0;
}

sub apply {
    (my $specFile, $tree) = @_;
    $spec = readSpec($specFile);
    $mutable = $spec->{mutable};
    %passwd = readDatabase('/etc/passwd');
    %group = readDatabase('/etc/group');
    %shadow = readDatabase('/etc/shadow');
    %gshadow = readDatabase('/etc/gshadow');

    recallNumbers();
    removeUndeclared();
    restoreOfPackages();
    my $takenGids = takenIds(\%group, $spec->{group}, $remembered{group});
    my $takenUids = takenIds(\%passwd, $spec->{user}, $remembered{user});
    setGroup($spec->{group}{$_}, $takenGids) for sort keys %{$spec->{group}};
    setUser($spec->{user}{$_}, $takenUids) for sort keys %{$spec->{user}};
    # Everyone in passwd has a line in shadow, and nobody else.
    for my $name (keys %shadow) { delete $shadow{$name} unless $passwd{$name} }
    for my $name (keys %gshadow) { delete $gshadow{$name} unless $group{$name} }

    my @declared = ((map { "group $_" } sort keys %{$spec->{group}}), (map { "user $_" } sort keys %{$spec->{user}}));
    # If this is interrupted, the next configuration, which may be the last one again, removes what this one has added.
    my %remain = map { $_ => 1 } slurpLines($declaredFile), @declared;
    writeDeclared(sort keys %remain);
    my $shadowGroup = $group{shadow} ? $group{shadow}[2] : 0;
    writeFile('/etc/group', 0644, 0, formatDatabase(\%group, 2));
    writeFile('/etc/gshadow', 0640, $shadowGroup, formatDatabase(\%gshadow, 0));
    writeFile('/etc/passwd', 0644, 0, formatDatabase(\%passwd, 2));
    writeFile('/etc/shadow', 0640, $shadowGroup, formatDatabase(\%shadow, 0));
    writeSubordinateIds();
    writeDeclared(@declared);
}

sub writeDeclared { writeFile($declaredFile, 0644, 0, join('', map { "$_\n" } @_)) }

# Apart from apply(), for the skeleton is in /etc.
sub makeHomes {
    my @failed = grep { my $user = $_; !eval { makeHome($user); 1 } && warn "the home of $user->{name}: $@" }
        grep { $_->{createHome} } map { $spec->{user}{$_} } sort keys %{$spec->{user}};
    die "some could not be made\n" if @failed;
}

1;
