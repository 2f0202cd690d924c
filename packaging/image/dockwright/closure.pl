#!/usr/bin/perl
# Written by dockwright from services.toml; change it there, then run: dockwright gen
# dockwright:body=sha256:61b2d4c4d948d3cf
# Stages programs, and the shared libraries they need, for an image that has neither a shell nor a linker cache.
#
#     perl closure.pl ROOTFS RUNTIME TARGET PATH…
#
# ROOTFS   the tree to fill; what is in it goes to the same place in the image
# RUNTIME  the file system of the runtime image: libraries that it has are not staged
# TARGET   the file system that has the programs and libraries: an image, or unpacked packages
# PATH     a program, a plugin that is opened by name at run time, or a directory in TARGET; * matches any part of a
#          name; !PATH excludes a path; =PATH is a tree of the builder that is copied separately, so that only the
#          libraries it lacks are staged
#
# Nothing in TARGET runs: libraries are looked up in the ELF files as ld.so(8) does, so TARGET can be for any
# architecture. Every path is staged at its real location (/usr/lib, never the link /lib): a staged /lib would
# replace the image's link. Packages whose files are staged get an entry in /var/lib/dpkg/status.d, where
# vulnerability scanners look in images without a package manager. Needs only perl-base.
use strict;
use warnings;

sub note { print STDERR "closure.pl: @_\n"; return }
sub fail { note(@_); exit 1 }

fail('usage: closure.pl ROOTFS RUNTIME TARGET PATH...') if @ARGV < 4;
my ($rootfs, $runtime, $target, @paths) = @ARGV;
s{/+$}{} for $runtime, $target;
fail("$runtime is not the file system of an image") unless -d "$runtime/usr";
$rootfs = "./$rootfs" unless $rootfs =~ m{^/};
umask 022;

# --- Paths

# Resolves a path inside a file system, with its root as the root of links; undef if a link is broken.
sub real {
    my ($root, $path) = @_;
    my ($at, $links, @rest) = ('', 0, reverse split m{/}, $path);
    while (@rest) {
        my $part = pop @rest;
        if ($part eq '' or $part eq '.') { next }
        if ($part eq '..') { $at =~ s{/[^/]*$}{}; next }
        lstat "$root$at/$part" or return undef;
        if (-l _) {
            return undef if ++$links > 40;
            my $to = readlink "$root$at/$part";
            $at = '' if $to =~ m{^/};
            push @rest, reverse split m{/}, $to;
        } else {
            $at .= "/$part";
        }
    }
    return $at eq '' ? '/' : $at;
}

# In runtime images, /lib and the like are links into /usr.
sub merged { return $_[0] =~ s{^/(bin|sbin|lib|lib64)(?=/)}{/usr/$1}r }

# A path without `.` and `..`.
sub lexical {
    my @parts;
    for (split m{/}, $_[0]) {
        if ($_ eq '..') { pop @parts }
        elsif ($_ ne '' and $_ ne '.') { push @parts, $_ }
    }
    return '/' . join '/', @parts;
}

# The place of a path in the image, and the file of TARGET that goes there; the last part may be a link.
sub place {
    my ($path) = @_;
    my ($parent, $name) = $path =~ m{^(/.*?)/*([^/]+)/*$} or fail("$path: not an absolute path below the root");
    my $directory = real($target, $parent) // fail("$path: no such directory in $ARGV[2]");
    s{^/$}{} for $directory;
    return (merged("$directory/$name"), "$target$directory/$name");
}

# The target of a link, as a path in TARGET.
sub linked {
    my ($path, $file) = @_;
    my $to = readlink $file;
    return $to =~ m{^/} ? $to : substr($file, length $target) =~ s{[^/]*$}{$to}r;
}

sub children {
    my ($directory) = @_;
    opendir my $listing, $directory or fail("$directory: $!");
    return sort grep { $_ ne '.' and $_ ne '..' } readdir $listing;
}

# The paths in a file system that match a pattern.
sub expand {
    my ($pattern) = @_;
    my @found = '';
    for my $part (grep { $_ ne '' } split m{/}, $pattern) {
        if ($part !~ /\*/) { @found = map { "$_/$part" } @found; next }
        my $wanted = join '.*', map { quotemeta } split /\*/, $part, -1;
        my @next;
        for my $parent (@found) {
            my $directory = real($target, $parent) // next;
            next unless -d "$target$directory";
            push @next, map { "$parent/$_" } grep { /^$wanted$/s and not /^\./ } children("$target$directory");
        }
        @found = @next;
    }
    return grep { defined real($target, $_) or -l((place($_))[1]) } grep { defined real($target, s{/[^/]*$}{}r) } @found;
}

# --- ELF files

# The directory of libraries by class and machine; /lib and /usr/lib come after it.
my %TRIPLETS = (
    '64 62' => 'x86_64-linux-gnu', '64 183' => 'aarch64-linux-gnu', '32 40' => 'arm-linux-gnueabihf',
    '32 3' => 'i386-linux-gnu', '64 243' => 'riscv64-linux-gnu', '64 21' => 'powerpc64le-linux-gnu',
    '64 22' => 's390x-linux-gnu', '64 258' => 'loongarch64-linux-gnu',
);
# No real file has more entries in one of its tables.
my $MOST = 65_536;

# The libraries that a file needs, and the symbol versions it needs and has; undef if it is not a program or library,
# or is broken, which is reported once.
my %elves;
sub elf {
    my ($file) = @_;
    if (not exists $elves{$file}) {
        $elves{$file} = eval { read_elf($file) };
        if ($@) { chomp $@; note("$file is not read: $@") }
    }
    return $elves{$file};
}

sub least { return $_[0] < $_[1] ? $_[0] : $_[1] }

sub read_elf {
    my ($file) = @_;
    open my $in, '<:raw', $file or die "$!\n";
    my $size = -s $in;
    my $bytes = sub {
        my ($at, $length) = @_;
        die "it points outside of itself\n" if $at > $size or $length > $size - $at;
        seek $in, $at, 0 and read($in, my $data, $length) == $length or die "it cannot be read\n";
        return $data;
    };
    return undef if $size < 4 or $bytes->(0, 4) ne "\x7fELF";
    my ($class, $order) = unpack 'CC', $bytes->(4, 2);
    my $wide = $class == 2;
    my ($half, $word, $long) = map { $_ . ($order == 2 ? '>' : '<') } 'S', 'L', $wide ? 'Q' : 'L';
    my ($type, $machine) = unpack "$half$half", $bytes->(16, 4);
    return undef if $type != 2 and $type != 3; # an object file, a core dump
    my $key = ($wide ? '64' : '32') . " $machine";
    my %elf = (machine => "$key $order", triplet => $TRIPLETS{$key}, needed => [], rpath => [], runpath => [], wants => [], has => {});

    # Segments say which bytes are loaded where, and where the dynamic section is.
    my $headers = unpack $long, $wide ? $bytes->(32, 8) : $bytes->(28, 4);
    my ($length, $count) = unpack "$half$half", $bytes->($wide ? 54 : 42, 4);
    my ($dynamic, @loaded);
    for my $n (0 .. $count - 1) {
        my @fields = unpack $wide ? "$word$word$long$long$long$long" : "$word$long$long$long$long", $bytes->($headers + $n * $length, $wide ? 40 : 20);
        my ($kind, $offset, $address, $filled) = $wide ? @fields[0, 2, 3, 5] : @fields[0, 1, 2, 4];
        push @loaded, [$address, $offset, $filled] if $kind == 1;
        $dynamic //= $bytes->($offset, least($filled, $MOST * 16)) if $kind == 2;
        $elf{interpreter} //= unpack 'Z*', $bytes->($offset, least($filled, 4096)) if $kind == 3;
    }
    return \%elf unless defined $dynamic; # statically linked
    my $offset = sub {
        my ($address) = @_;
        for (@loaded) { return $address - $_->[0] + $_->[1] if $address >= $_->[0] and $address - $_->[0] < $_->[2] }
        die "an address of it is not loaded\n";
    };

    # The dynamic section: pairs of a tag and a value.
    my (%value, @needed);
    my @pairs = unpack "($long$long)$MOST", $dynamic;
    while (my ($tag, $value) = splice @pairs, 0, 2) {
        last if $tag == 0;
        if ($tag == 1) { push @needed, $value } else { $value{$tag} = $value }
    }
    my $strings = defined $value{5} ? $offset->($value{5}) : 0;
    my $text = sub {
        my ($at) = @_;
        my $left = ($value{10} // 0) - $at;
        die "a name of it is outside of its strings\n" if $left <= 0;
        my $name = unpack 'Z*', $bytes->($strings + $at, least($left, 4096));
        die "a name of it has no end\n" if length $name == 4096;
        return $name;
    };
    die "it needs too many libraries\n" if @needed > 4096;
    my %once;
    $elf{needed} = [grep { not $once{$_}++ } map { $text->($_) } @needed];
    $elf{soname} = $text->($value{14}) if defined $value{14};
    $elf{rpath} = [split /:/, $text->($value{15})] if defined $value{15} and not defined $value{29};
    $elf{runpath} = [split /:/, $text->($value{29})] if defined $value{29};

    # The versions it wants of others, and those it has: chains of records, each with a chain of its own.
    my $steps = 0;
    my $chain = sub {
        my ($at, $entries, $next, $visit) = @_;
        while ($entries-- > 0) {
            die "its tables of versions have no end\n" if ++$steps > $MOST;
            $visit->($at);
            my $step = unpack $word, $bytes->($at + $next, 4) or last;
            $at += $step;
        }
    };
    $chain->($offset->($value{0x6ffffffe}), $value{0x6fffffff} // 0, 12, sub {
        my ($at) = @_;
        my (undef, $entries, $library, $first) = unpack "$half$half$word$word", $bytes->($at, 12);
        $library = $text->($library);
        $chain->($at + $first, $entries, 12, sub {
            my (undef, $flags, undef, $name) = unpack "$word$half$half$word", $bytes->($_[0], 12);
            push @{$elf{wants}}, [$library, $text->($name)] unless $flags & 2; # weak
        });
    }) if defined $value{0x6ffffffe};
    $chain->($offset->($value{0x6ffffffc}), $value{0x6ffffffd} // 0, 16, sub {
        my ($at) = @_;
        my $first = unpack $word, $bytes->($at + 12, 4);
        $elf{has}{$text->(unpack $word, $bytes->($at + $first, 4))} = 1;
    }) if defined $value{0x6ffffffc};
    return \%elf;
}

# --- 1. The files that the caller lists

my (@omitted, @trees, @named);
for my $path (@paths) {
    if ($path =~ s/^!//) {
        my $pattern = join '.*', map { quotemeta } split /\*/, merged($path), -1;
        push @omitted, qr{^$pattern(/|$)}s;
    } elsif ($path =~ s/^=//) {
        push @trees, $path =~ s{/+$}{}r;
        fail("$path: no such directory in the builder") unless -d $path;
    } else {
        fail("$path: not an absolute path") unless $path =~ m{^/};
        my @found = expand($path) or fail("$path: no such file in $ARGV[2]");
        push @named, @found;
    }
}

# A file that is not world-readable is of no use to the service's user, and usually a key from the installation.
sub unreadable {
    my ($path) = @_;
    my $file = real($target, $path) // return 0;
    my (undef, undef, $mode) = lstat "$target$file";
    return -f _ && !($mode & 0004);
}

# Path in the image to file: everything listed, with the targets of links and the contents of directories.
my %staged;
my (%seen, @todo);
@todo = @named;
while (defined(my $path = shift @todo)) {
    my ($at, $file) = place($path);
    next if $seen{$at}++ or grep { $at =~ $_ } @omitted;
    next if unreadable($path);
    lstat $file or next;
    if (-l _) {
        my $to = linked($path, $file);
        push @todo, $to if defined real($target, $to) and real($target, $to) ne '/';
    } elsif (-d _) {
        push @todo, map { substr($file, length $target) . "/$_" } children($file);
    } elsif (not -f _) {
        next;
    }
    $staged{$at} = $file;
}
for my $path (grep { unreadable($_) } @named) { note("$path is left out: others may not read it") }

# The regular files of the trees, by their path in the builder.
my %looked;
@todo = @trees;
while (defined(my $path = shift @todo)) {
    lstat $path or next;
    if (-l _) { next }
    if (-d _) { push @todo, map { "$path/$_" } children($path) }
    elsif (-f _) { $looked{$path} = $path }
}

# --- 2. The libraries they need

sub directories { my ($elf) = @_; return ($elf->{triplet} ? map { "$_/$elf->{triplet}" } '/lib', '/usr/lib' : ()), '/lib', '/usr/lib' }

# The directories of TARGET's /etc/ld.so.conf: its loader knows them from a cache, which the image does not have.
sub configured {
    my ($file, $depth) = @_;
    my $at = real($target, $file) // return;
    open my $in, '<', "$target$at" or return;
    my @found;
    while (my $line = <$in>) {
        $line =~ s/#.*//;
        if (my ($included) = $line =~ /^\s*include\s+(\S+)/) {
            $included = $file =~ s{[^/]*$}{$included}r unless $included =~ m{^/};
            push @found, map { configured($_, $depth + 1) } expand($included) if $depth < 8;
        } elsif ($line =~ m{^\s*(/\S*)}) {
            push @found, $1;
        }
    }
    return @found;
}
my @configured = map { configured($_, 0) } defined real($target, '/etc/ld.so.conf') ? '/etc/ld.so.conf' : expand('/etc/ld.so.conf.d/*.conf');

# The file at a path of the final image, for this machine: from a tree, staged, or in the runtime image.
sub in_image {
    my ($path, $machine) = @_;
    if (grep { "$path/" =~ m{^\Q$_\E/} } @trees) {
        my $at = real('', $path) // return;
        return library($path, $at, 'tree', $machine);
    }
    my $own = merged(lexical($path));
    if ($staged{$own} and defined(my $at = real($target, $path))) { return library($path, "$target$at", 'staged', $machine) }
    my $at = real($runtime, $path) // return;
    return library($path, "$runtime$at", 'runtime', $machine);
}

sub in_target {
    my ($path, $machine) = @_;
    my $at = real($target, $path) // return;
    return library($path, "$target$at", 'target', $machine);
}

sub library {
    my ($path, $file, $where, $machine) = @_;
    return unless -f $file;
    my $elf = elf($file) // return;
    return if $elf->{machine} ne $machine;
    return {path => $path, file => $file, where => $where, elf => $elf};
}

sub part_of_libc { return $_[0] =~ /^(ld-linux.*|ld64|lib(c|m|mvec|dl|pthread|rt|resolv|util|anl))\.so(\.|$)/ }

# The directories that the loader searches for the libraries of an object, before the default ones: RPATH, inherited
# from the objects that loaded it, or else RUNPATH. With each, whether the image has it too.
sub own_places {
    my ($object) = @_;
    my ($elf, @places) = $object->{elf};
    for (my $by = $object; $by and not @{$elf->{runpath}}; $by = $by->{by}) {
        push @places, map { [$by, $_] } @{$by->{elf}{rpath}};
    }
    push @places, map { [$object, $_] } @{$elf->{runpath}};
    return map {
        my ($by, $place) = @$_;
        my $origin = $by->{path} =~ s{/[^/]*$}{}r;
        my $moved = $by->{moved} && $place =~ /ORIGIN/;
        my ($lib, $platform) = $elf->{triplet} ? ("lib/$elf->{triplet}", $elf->{triplet} =~ s/-.*//r) : ('lib', '');
        $place =~ s/\$(?:ORIGIN\b|\{ORIGIN\})/$origin/g;
        $place =~ s/\$(?:LIB\b|\{LIB\})/$lib/g;
        $place =~ s/\$(?:PLATFORM\b|\{PLATFORM\})/$platform/g;
        $place =~ m{^/} ? [$place, not $moved] : ();
    } @places;
}

# The library that the loader finds for a name.
sub find {
    my ($name, $object) = @_;
    my ($elf, $machine) = ($object->{elf}, $object->{elf}{machine});
    my @defaults = directories($elf);
    if (part_of_libc($name)) {
        # C libraries cannot be mixed: the image's own is used.
        for (@defaults, '/lib64', '/usr/lib64') { my $found = in_image("$_/$name", $machine); return $found if $found and $found->{where} eq 'runtime' }
        fail("$name is part of the C library, and the image to run on has none");
    }
    if ($name =~ m{/}) { return $name =~ m{^/} ? in_image($name, $machine) // in_target($name, $machine) : undef }
    for (own_places($object)) {
        my ($place, $reached) = @$_;
        my $found = ($reached && in_image("$place/$name", $machine)) || in_target("$place/$name", $machine) or next;
        $found->{moved} = 1 if not $reached;
        return $found;
    }
    for (@defaults) { my $found = in_image("$_/$name", $machine); return $found if $found }
    for my $place (@configured, @defaults, '/lib64', '/usr/lib64') {
        my $found = in_target("$place/$name", $machine) or next;
        $found->{moved} = 1 unless grep { lexical($place) eq $_ } @defaults;
        return $found;
    }
    # The target that update-alternatives would link to, such as blas/libblas.so.3: no maintainer script has run.
    for my $path (sort map { expand("$_/*/$name") } @defaults) {
        my $found = in_target($path, $machine) or next;
        $found->{moved} = 1;
        return $found;
    }
    return undef;
}

# Stages a library with its links; where the image's loader would not look, a link in a default directory leads there.
sub stage {
    my ($name, $library) = @_;
    my ($path, $steps) = ($library->{path}, 0);
    while (1) {
        my ($at, $file) = place($path);
        $library->{moved} = 1 if not $steps and $at ne merged(lexical($path));
        $staged{$at} //= $file unless in_runtime($at);
        last if not -l $file or ++$steps > 40;
        $path = linked($path, $file);
    }
    if ($library->{moved}) {
        my $at = (grep { m{^/usr/} } directories($library->{elf}))[0] . "/$name";
        $staged{$at} //= \(substr($library->{file}, length $target) =~ s/(.*)/merged($1)/er) unless in_runtime($at);
    }
    return;
}

sub in_runtime { my ($path) = @_; my ($parent, $name) = $path =~ m{^(.*)/(.*)$}; my $at = real($runtime, $parent) // return 0; return lstat("$runtime$at/$name") ? 1 : 0 }

# The architecture of the image, if it has a C library.
my $machine;
for my $libc (map { "$_/libc.so.6" } '/usr/lib', '/lib', '/usr/lib64', map { "/usr/lib/$_" } values %TRIPLETS) {
    my $at = real($runtime, $libc) // next;
    my $elf = elf("$runtime$at") // next;
    $machine = $elf->{machine};
}

my %beside;
push @{$beside{s{.*/}{}r}}, $_ for sort(keys %staged), sort keys %looked;
my %directly = map { merged(lexical($_)) => 1 } @named;
for my $path (sort(keys %staged), sort keys %looked) {
    my $file = $staged{$path} // $looked{$path};
    next if -l $file or not -f $file or not ($path =~ /\.so(\.|$)/ or (stat $file)[2] & 0111);
    my $elf = elf($file) // next;
    if (defined $machine and $elf->{machine} ne $machine) {
        # Third-party packages can have programs for several architectures.
        fail("$path is for another architecture than the image to run on") if $directly{$path};
        next;
    }
    fail("$path is started by $elf->{interpreter}, which the image to run on lacks")
        if defined $machine and not $looked{$path} and defined $elf->{interpreter} and not defined real($runtime, $elf->{interpreter});
    load({path => $path, file => $file, where => 'staged', elf => $elf});
}

# Loads a program as the loader does, one level after the other, and stages what it needs.
sub load {
    my ($root) = @_;
    my $path = $root->{path};
    my %loaded = map { $_ => $root } grep { defined } $path =~ s{.*/}{}r, $root->{elf}{soname};
    my @objects = $root;
    for (my $n = 0; $n < @objects; $n++) {
        my $object = $objects[$n];
        for my $name (@{$object->{elf}{needed}}) {
            next if $loaded{$name};
            my $found = find($name, $object);
            if (not $found) {
                # The program itself opens a library of the same tree first, as a JVM does.
                next if $beside{$name};
                # Third-party libraries can need optional ones: a driver, a plugin.
                if ($looked{$path}) { note("$object->{path} needs $name, which is not found"); next }
                fail("$object->{path} needs $name, which is not found: install its package, or leave the file out with !$path");
            }
            $found->{by} = $object;
            $loaded{$_} = $found for grep { defined } $name, $found->{elf}{soname};
            stage($name, $found) if $found->{where} eq 'target';
            push @objects, $found unless $found->{where} eq 'runtime'; # whose libraries the image has
        }
    }
    for my $object (@objects) {
        for (@{$object->{elf}{wants}}) {
            my ($name, $version) = @$_;
            my $library = $loaded{$name} // next;
            next if not %{$library->{elf}{has}} or $library->{elf}{has}{$version};
            my $whose = $library->{where} eq 'runtime' ? "$library->{path} of the image to run on" : $library->{path};
            fail("$object->{path} needs $version, which $whose lacks: build on the same release");
        }
    }
    return;
}

# --- 3. The copy, without setuid bits and files that the image already has

sub same {
    my ($one, $other) = @_;
    return readlink($one) eq readlink $other if -l $one and -l $other;
    return 0 if -l $one or -l $other or not -f $other or -s $one != -s $other;
    open my $left, '<:raw', $one or return 0;
    open my $right, '<:raw', $other or return 0;
    while (read $left, my $some, 1 << 20) {
        read $right, my $more, 1 << 20;
        return 0 if $some ne $more;
    }
    return 1;
}

sub make {
    my ($directory) = @_;
    return if $directory eq '' or -d $directory;
    make($directory =~ s{/[^/]*$}{}r);
    mkdir $directory or fail("$directory: $!");
    return;
}

sub copy {
    my ($from, $to) = @_;
    open my $in, '<:raw', $from or fail("$from: $!");
    open my $out, '>:raw', $to or fail("$to: $!");
    while (read $in, my $data, 1 << 20) { print {$out} $data or fail("$to: $!") }
    close $out or fail("$to: $!");
    return;
}

sub spell { my ($file, @lines) = @_; open my $out, '>:raw', $file or fail("$file: $!"); print {$out} @lines; close $out or fail("$file: $!"); return }

for my $path (keys %staged) {
    next if ref $staged{$path} or not in_runtime($path);
    delete $staged{$path} if (-d $staged{$path} and not -l $staged{$path}) or same($staged{$path}, $runtime . (real($runtime, $path =~ s{/[^/]*$}{}r)) . '/' . $path =~ s{.*/}{}r);
}

my (%inodes, @directories, $total);
$total = 0;
make($rootfs);
for my $path (sort keys %staged) {
    my ($file, $to) = ($staged{$path}, "$rootfs$path");
    make($to =~ s{/[^/]*$}{}r);
    if (ref $file or -l $file) {
        unlink $to;
        symlink ref $file ? $$file : readlink $file, $to or fail("$to: $!");
        next;
    }
    my ($device, $inode, $mode, $links, undef, undef, undef, $size, undef, $time) = lstat $file or fail("$file: $!");
    if (-d _) {
        make($to);
        push @directories, [$to, $mode & 01777, $time];
        next;
    }
    unlink $to;
    my $first = \$inodes{"$device $inode"};
    if ($links > 1 and defined $$first) { link $$first, $to or fail("$to: $!"); next }
    $$first = $to;
    copy($file, $to);
    chmod $mode & 0777, $to;
    utime $time, $time, $to;
    $total += $size;
}
for (reverse @directories) { my ($to, $mode, $time) = @$_; chmod $mode, $to; utime $time, $time, $to }

# --- 4. Package records for scanners; programs without a package have none

my $records = "$target/var/lib/dpkg";
my (%stanzas, @packages);
if (open my $in, '<:raw', "$records/status") {
    local $/ = '';
    while (my $stanza = <$in>) {
        my ($name) = $stanza =~ /^Package: (\S+)/m or next;
        my ($architecture) = $stanza =~ /^Architecture: (\S+)/m;
        next unless $stanza =~ /^Status: \S+ \S+ installed$/m;
        $stanza =~ s/^(Status|Conffiles):.*\n(?:[ \t].*\n)*//mg;
        $stanzas{$name} //= $stanzas{"$name:$architecture"} = $stanza =~ s/\n+$/\n/r;
    }
}
my %files = map { $_ => 1 } grep { ref $staged{$_} or -l $staged{$_} or not -d $staged{$_} } keys %staged;
for my $list (%files && -d "$records/info" ? grep { /\.list$/ } children("$records/info") : ()) {
    my $package = $list =~ s/\.list$//r;
    my $name = $package =~ s/:.*//r;
    my $stanza = $stanzas{$package} // next;
    next if in_runtime("/var/lib/dpkg/status.d/$name");
    open my $in, '<:raw', "$records/info/$list" or fail("$list: $!");
    chomp(my @listed = <$in>);
    next unless grep { $files{merged($_)} } @listed;
    make("$rootfs/var/lib/dpkg/status.d");
    spell("$rootfs/var/lib/dpkg/status.d/$name", $stanza);
    if (open my $sums, '<:raw', "$records/info/$package.md5sums") {
        my @kept = grep { /^\S+ +(.*)$/ and $files{merged("/$1")} } <$sums>;
        spell("$rootfs/var/lib/dpkg/status.d/$name.md5sums", sort { substr($a, 32) cmp substr($b, 32) } @kept);
    }
    my $copyright = real($target, "/usr/share/doc/$name/copyright");
    if (defined $copyright) {
        make("$rootfs/usr/share/doc/$name");
        copy("$target$copyright", "$rootfs/usr/share/doc/$name/copyright");
    }
    push @packages, $name;
}
printf "closure.pl: %d files and links, %d packages, %.1f MB\n", scalar keys %files, scalar @packages, $total / 1e6;
