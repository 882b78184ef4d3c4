# Writes the notes that post-commit left word of. Sourced in the common git directory by a shell for which nobody waits, a
# second after the commit; what it does not write the next command does (gitcoord/guard/view.py).

# Writes the note of a commit; the arguments are its id and the lines.
write() {
    commit=$1
    note=
    shift
    for line; do note=$note$line$newline; done
    git --git-dir=. notes --ref=coord add -m "$note" "$commit"
}

newline='
'
tab='	'
for turn in ${turns:-5 4 3 2 1}; do
    # A shell cannot lock. It adds its line to a file: whoever wrote the first is at it. No file is made anew where the
    # repository is being removed.
    [ -f coord/notes.busy ] && echo "$$" >>coord/notes.busy && read -r busy <coord/notes.busy || exit
    [ "$busy" != "$$" ] || break
    [ "$turn" = 1 ] || sleep 1
done
[ "$busy" = "$$" ] || exit
{
    read -r writer awake
    lines=
    while read -r line; do lines=$lines$line$newline; done
} <coord/notes.writer
echo "$writer awake" >coord/notes.writer
set -f
IFS=$newline
for line in $lines; do
    IFS=$tab
    write $line
done
printf '' >coord/notes.busy
