#!/bin/sh
# What is made from the tables agrees with them: docs/FIELDS.md, the man page, --help and the completions. TH_UPDATE_GOLDEN=1 writes FIELDS.md again.
. "$TH_SRCDIR/tests/lib/tap.sh"
gen=$TH_BUILDDIR/schema/gen/gen
"$gen" fields >"$tmp/FIELDS.md"
[ -z "$TH_UPDATE_GOLDEN" ] || cp "$tmp/FIELDS.md" "$TH_SRCDIR/docs/FIELDS.md"
same "docs/FIELDS.md is what the table says" "$TH_SRCDIR/docs/FIELDS.md" "$tmp/FIELDS.md"

"$gen" man "$TH_SRCDIR/docs/trailhound.1.in" >"$tmp/trailhound.1"
if command -v mandoc >/dev/null; then
    is "the man page is sound mdoc" "$(mandoc -Tlint -Wwarning "$tmp/trailhound.1")" ""
else
    skip "the man page is sound mdoc" "no mandoc"
fi
"$gen" bash >"$tmp/completion"
if command -v bash >/dev/null; then
    ok "the bash completion is sound shell" bash -n "$tmp/completion"
else
    skip "the bash completion is sound shell" "no bash"
fi

options=$(sed -n 's/^TH_OPTION([A-Z_]*, [^,]*, "\([a-z-]*\)".*/\1/p' "$TH_SRCDIR/schema/options.def"
    sed -n 's/^TH_LIMIT([A-Z_]*, [a-z]*, "\([a-z-]*\)".*/\1/p' "$TH_SRCDIR/schema/limits.def")
commands=$(sed -n 's/^TH_COMMAND([A-Z]*, "\([a-z]\{1,\}\)".*/\1/p' "$TH_SRCDIR/schema/options.def")
ok "the option table was read" [ "$(printf '%s\n' "$options" | wc -l)" -gt 20 ]
help=$("$TRAILHOUND" --help; for c in $commands; do "$TRAILHOUND" "$c" --help; done)
man=$(cat "$tmp/trailhound.1")
for o in $options; do
    like "--$o is in --help" "$help" "^ .*--$o( |\$)"
    like "--$o is in the man page" "$man" "Fl Fl $o"
    like "--$o is completed" "$(cat "$tmp/completion")" "[ ']--$o[ ']"
done
limits=$(printf '%s\n' "$man" | sed -n '/^.Sh LIMITS/,/^.Sh EXIT/p')
for o in $(sed -n 's/^TH_LIMIT([A-Z_]*, [a-z]*, "\([a-z-]*\)".*/\1/p' "$TH_SRCDIR/schema/limits.def"); do
    like "the cap --$o is among the limits" "$limits" "Fl Fl $o"
done
for c in $commands; do
    like "$c has its help" "$("$TRAILHOUND" "$c" --help)" "^usage: trailhound $c "
done
is "no line of help is over 80 columns" "$(printf '%s\n' "$help" | awk 'length($0) > 80')" ""
done_testing
