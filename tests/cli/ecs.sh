#!/bin/sh
# Documents, columns and databases through the whole program: what is exported is what the columns say and what the
# integration makes of the same records; places come from databases, are noted in the case and can be made anew.
. "$TH_SRCDIR/tests/lib/tap.sh"
needs libmaxminddb
cd "$tmp" || exit 99
if ! command -v python3 >/dev/null || ! command -v jq >/dev/null; then
    skip "documents and columns" "no python3 or no jq"
    done_testing
fi
compare() { python3 "$TH_SRCDIR/tests/cli/ecs_compare.py" "$@"; }
mmdb() { python3 "$TH_SRCDIR/tests/cli/mmdb.py" "$@"; }
export TRAILHOUND_GEOIP=

# ---- databases ----

mkdir old new
city() { # CITY BUILT
    printf '{"type":"Test-City","built":%d,"networks":{"203.0.113.0/24":{"city":{"names":{"en":"%s"}},"country":{"iso_code":"SE","names":{"en":"Sweden"}},"subdivisions":[{"iso_code":"E","names":{"en":"Somewhere"}}],"location":{"latitude":58.5,"longitude":-15.0}},"2001:db8::/32":{"country":{"iso_code":"NZ"}}}}' "$2" "$1"
}
city Upton 1700000000 | mmdb old/city.mmdb
printf '{"type":"Test-ASN","built":1700000000,"networks":{"203.0.113.0/25":{"autonomous_system_number":64500,"autonomous_system_organization":"Example Net"}}}' | mmdb old/asn.mmdb
city Downton 1750000000 | mmdb new/places.mmdb
record() { # N ADDRESS AGENT
    printf '{"eventTime":"2026-03-01T09:00:0%dZ","eventName":"ListUsers","eventSource":"iam.amazonaws.com","sourceIPAddress":"%s","userAgent":"%s","eventID":"00000000-0000-4000-8000-00000000000%d"}\n' "$1" "$2" "$3" "$1"
}
{
    record 1 203.0.113.9 aws-cli/2.14.5
    record 2 203.0.113.9 aws-cli/2.14.5
    record 3 203.0.113.200 Boto3/1.35.50
    record 4 2001:db8::5 x
    record 5 ec2.amazonaws.com x
    record 6 192.168.1.1 x
} >six.jsonl
place='source.geo.city_name,source.geo.region_iso_code,source.geo.country_iso_code,source.geo.location,source.as.number,source.as.organization.name'
places() { "$TRAILHOUND" query -c "$1" --fields "$place" | jq -c 'to_entries | map(.value)' | tr '\n' ' '; }
documents() { # the same, out of the documents
    "$TRAILHOUND" export -c "$1" | jq -c '[.source.geo.city_name, .source.geo.region_iso_code, .source.geo.country_iso_code,
        (.source.geo.location | if . then "\(.lat),\(.lon)" else null end), .source.as.number, .source.as.organization.name] | map(values)' | sed 's/-15"/-15.0"/' | tr '\n' ' '
}
known='["Upton","SE-E","SE","58.5,-15.0",64500,"Example Net"] ["Upton","SE-E","SE","58.5,-15.0",64500,"Example Net"] ["Upton","SE-E","SE","58.5,-15.0"] ["NZ"] [] [] '

run "$TRAILHOUND" import -c none.trail six.jsonl
like "import without databases says so" "$out" "no places: no MaxMind database"
is "and has no places" "$(places none.trail)" "[] [] [] [] [] [] "
run "$TRAILHOUND" import -c a.trail --geoip old six.jsonl
is "import --geoip" "$code" 0
unlike "says nothing of missing databases" "$out" "no places"
is "places of import --geoip" "$(places a.trail)" "$known"
is "documents have the same places" "$(documents a.trail)" "$known"
run env TRAILHOUND_GEOIP=old "$TRAILHOUND" import -c b.trail six.jsonl
is "places of TRAILHOUND_GEOIP" "$(places b.trail)" "$known"
like "they can be filtered" "$("$TRAILHOUND" count -c b.trail 'source.geo.city_name: Upton and source.as.number > 64000')" "^2$"
run "$TRAILHOUND" import -c c.trail --geoip missing six.jsonl
is "a folder that is named must be there" "$code" 1
is "and no case is left behind" "$(ls c.trail 2>/dev/null)" ""
run env TRAILHOUND_GEOIP=missing "$TRAILHOUND" import -c c.trail six.jsonl
like "so must one in the environment" "$code $errout" "^1 .*TRAILHOUND_GEOIP.*missing"

noted() { "$TRAILHOUND" sql -c "$1" "select value from meta where key = 'enrich.places'" | jq -r .value; }
is "the case notes the databases" "$(noted a.trail | jq -c 'map(del(.sha256))')" '[{"type":"Test-City","built":"2023-11-14T22:13:20.000Z","file":"city.mmdb"},{"type":"Test-ASN","built":"2023-11-14T22:13:20.000Z","file":"asn.mmdb"}]'
is "and their hashes" "$(noted a.trail | jq -r '.[].sha256' | tr '\n' ' ')" "$(sha256sum old/city.mmdb old/asn.mmdb | cut -d' ' -f1 | tr '\n' ' ')"
is "without databases nothing is noted" "$(noted none.trail)" ""

run "$TRAILHOUND" enrich -c none.trail --geoip old --format jsonl
is "enrich: exit 0" "$code" 0
is "enrich: figures" "$(printf '%s' "$out" | jq -c '[.addresses, .changed, (.databases | map(.type) | map(select(startswith("Test"))))]')" '[4,15,["Test-City","Test-ASN"]]'
is "enrich fills in what import left out" "$(places none.trail)" "$known"
is "enrich again changes nothing" "$("$TRAILHOUND" enrich -c none.trail --geoip old --format jsonl | jq .changed)" 0
run "$TRAILHOUND" enrich -c none.trail --geoip new --format jsonl
newer='["Downton","SE-E","SE","58.5,-15.0"] ["Downton","SE-E","SE","58.5,-15.0"] ["Downton","SE-E","SE","58.5,-15.0"] ["NZ"] [] [] '
is "a newer database replaces all values" "$(places none.trail)" "$newer"
is "in documents too" "$(documents none.trail)" "$newer"
is "counts what changed" "$(printf '%s' "$out" | jq .changed)" 4
is "and is noted" "$(noted none.trail | jq -c 'map(.file)')" '["places.mmdb"]'
run "$TRAILHOUND" enrich -c none.trail
like "in words: what was kept" "$out" "knew of places was kept"
is "without databases places stay" "$(places none.trail)" "$newer"
run "$TRAILHOUND" enrich -c none.trail --geoip missing
is "enrich: a folder that isn't there" "$code" 1
run "$TRAILHOUND" enrich -c none.trail --user-agents missing
is "enrich: a file that isn't there" "$code" 1
echo nonsense >bad.yaml
run "$TRAILHOUND" enrich -c none.trail --user-agents bad.yaml
is "enrich: a file that is something else" "$code" 1
run "$TRAILHOUND" enrich -c none.trail x
is "enrich takes no argument" "$code" 2

cat >agents.yaml <<'YAML'
user_agent_parsers:
  - regex: '(aws-cli)/(\d+)'
    family_replacement: 'Command Line'
os_parsers: []
device_parsers: []
YAML
run "$TRAILHOUND" enrich -c none.trail --user-agents agents.yaml
is "enrich --user-agents" "$("$TRAILHOUND" facets -c none.trail user_agent.name | jq -c '[.value,.count]' | sort | tr '\n' ' ')" '["Command Line",2] ["Other",4] '
is "the file is noted" "$("$TRAILHOUND" sql -c none.trail "select value from meta where key = 'enrich.user_agents'" | jq -r .value | jq -r '.[0] | .file + " " + .sha256')" "agents.yaml $(sha256sum agents.yaml | cut -d' ' -f1)"

# Files that mean no good: told in words, and nothing changes.
cat >slow.yaml <<'YAML'
user_agent_parsers:
  - regex: 'x(a+)+y'
  - regex: '(?<!(open'
  - regex: '(aws-cli)/(\d+)'
YAML
record 9 203.0.113.9 "x$(printf '%03000d' 0 | tr 0 a) !open byz aws-cli/2" >nine.jsonl
rm -f slow.trail
"$TRAILHOUND" import -q -c slow.trail nine.jsonl >/dev/null
run "$TRAILHOUND" enrich -c slow.trail --user-agents slow.yaml
is "slow expressions: exit 0" "$code" 0
like "what isn't understood is told" "$out" "1 expression left out: not understood .line 3."
like "and what took too long" "$out" "1 expression took too long over an agent and counted as no match .line 2."
is "the next expression has its turn" "$("$TRAILHOUND" query -c slow.trail --fields user_agent.name,user_agent.version | jq -c 'map(values)')" '["aws-cli","2"]'
mkdir cut
head -c 300 old/city.mmdb >cut/city.mmdb
run "$TRAILHOUND" enrich -c none.trail --geoip cut
like "a database that is cut off is named" "$code $errout" "^1 .*cut/city.mmdb"
is "and nothing changes" "$(places none.trail)" "$newer"
run "$TRAILHOUND" import -c cut.trail --geoip cut six.jsonl
like "import refuses it too" "$code $errout" "^1 .*cut/city.mmdb"
is "and leaves no case" "$(ls cut.trail 2>/dev/null)" ""

# An import with other databases than the case's: one set for all events.
record 7 203.0.113.9 aws-cli/2.14.5 >seven.jsonl
run "$TRAILHOUND" import -c a.trail --geoip new seven.jsonl
like "import with newer databases makes all values anew" "$out" "values of earlier imports changed"
is "all events have the same place" "$("$TRAILHOUND" facets -c a.trail source.geo.city_name -f 'source.address: 203.0.113.9' | jq -c '[.value,.count]')" '["Downton",3]'
record 8 203.0.113.9 aws-cli/2.14.5 >eight.jsonl
run "$TRAILHOUND" import -c a.trail eight.jsonl
is "import without databases keeps them" "$("$TRAILHOUND" facets -c a.trail source.geo.city_name -f 'source.address: 203.0.113.9' | jq -c '[.value,.count]')" '["Downton",4]'
chmod a-w a.trail
if [ ! -w a.trail ]; then
    run "$TRAILHOUND" enrich -c a.trail --geoip old
    like "a case that can't be written: in words" "$code $errout" "^1 .*can't be written"
else
    skip "a case that can't be written" "everything can be written here"
fi

# ---- a case that was made before a field was ----

"$TRAILHOUND" import -q -c early.trail six.jsonl >/dev/null
python3 -c '
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.executescript("""DROP VIEW ecs; ALTER TABLE caller DROP COLUMN "trailhound.session";
    DELETE FROM segment WHERE field = (SELECT id FROM field WHERE name = "trailhound.session");
    DELETE FROM term WHERE field = (SELECT id FROM field WHERE name = "trailhound.session");
    DELETE FROM field WHERE name = "trailhound.session";""")' early.trail
run "$TRAILHOUND" count -c early.trail
is "it is read as it is" "$code $out" "0 6"
like "with a note" "$errout" "early: events that an earlier version imported have no values of trailhound.session"
run "$TRAILHOUND" count -q -c early.trail
is "but not with -q" "$errout" ""
run "$TRAILHOUND" import -c early.trail seven.jsonl
like "import fills the field from now on, and says what lacks it" "$code $errout" "^0 .*no values of trailhound.session"
run "$TRAILHOUND" count -c early.trail
like "that stays so" "$out $errout" "^7 .*no values of trailhound.session"
run "$TRAILHOUND" count -c a.trail
is "a case that lacks nothing has no note" "$errout" ""

# ---- retain and tags ----

exported() { # OPTION…: what of the request and the record a document keeps
    "$TRAILHOUND" export -c one.trail "$@" | jq -c '[(.aws.cloudtrail | .request_parameters != null, .flattened.request_parameters != null), .event.original != null, .related.entity != null, (.tags // [] | length)]'
}
echo '{"eventTime":"2026-03-01T09:00:00Z","eventName":"ListUsers","eventSource":"iam.amazonaws.com","requestParameters":{"userName":"x"}}' >one.json
"$TRAILHOUND" import -q -c one.trail one.json >/dev/null
is "by default everything" "$(exported)" "[true,true,true,true,4]"
is "retain all" "$(exported --retain all)" "[true,true,true,true,4]"
is "retain keyword" "$(exported --retain keyword)" "[true,false,true,true,4]"
is "retain flattened" "$(exported --retain flattened)" "[false,true,true,true,4]"
is "retain minimal" "$(exported --retain minimal)" "[true,false,true,true,4]"
is "retain none" "$(exported --retain none)" "[false,false,true,true,4]"
is "an empty setting is keyword" "$(exported --retain '')" "[true,false,true,true,4]"
is "no tags, no record, no entities" "$(exported --tags '')" "[true,true,false,false,0]"
is "tags of one's own ask for nothing" "$(exported --tags a,b,a)" "[true,true,false,false,2]"
is "the record by its tag" "$(exported --tags preserve_original_event --retain none)" "[false,false,true,false,1]"
is "entities by theirs" "$(exported --tags actor_target_mapping --retain none)" "[false,false,false,true,1]"
run "$TRAILHOUND" export -c one.trail --retain most
like "another word is refused" "$code $errout" "^2 .*unknown --retain 'most'"

# ---- documents against columns ----

# Constants of the mapping that no document carries.
fields=$(awk -F '|' '/^\| `/ && $5 ~ /column|value|all/ { gsub(/[` ]/, "", $2); print $2 ($5 ~ /several/ ? " multi" : $3 ~ /geo/ ? " geo" : " one") }' "$TH_SRCDIR/docs/FIELDS.md" |
    grep -Ev '^(trailhound\.|event\.(module|dataset) |data_stream\.)')
printf '%s\n' "$fields" >fields
is "fields to compare" "$([ "$(wc -l <fields)" -gt 90 ] && echo many)" many
names=$(cut -d' ' -f1 fields | paste -sd, -)
columns_agree() { # NAME CASE
    "$TRAILHOUND" export -c "$2" >documents && "$TRAILHOUND" export -c "$2" --format jsonl --fields "$names" >rows
    if said=$(compare columns fields documents rows); then tap_line 0 "$1: $said"; else
        tap_line 1 "$1"
        diag "$said"
    fi
}
columns_agree "places: documents agree with columns" a.trail
city Upton 1700000000 | sed 's/203.0.113.0/0.0.0.0/; s,/24,/1,' | mmdb new/places.mmdb
sed -n 's/^TH_EVENT("\([^"]*\)", [RWD], TH_EVENT_SENSITIVE,.*/\1/p' "$TH_SRCDIR/schema/events.def" >sensitive
"$TRAILHOUND" import -q -c samples.trail --geoip new "$TH_SRCDIR/data/samples" >/dev/null
columns_agree "samples: documents agree with columns" samples.trail
sed '2s/"event.outcome":"[a-z]*"/"event.outcome":"other"/; 3s/"cloud.region":"[^"]*",//' rows >altered
is "and a column that disagrees would be told" "$(compare columns fields documents altered | tail -1 | sed 's/.*different/different/')" "different 2"
is "query has the same rows as export" "$("$TRAILHOUND" query -c samples.trail --limit 100000 --fields "$names" | sha256sum)" "$("$TRAILHOUND" export -c samples.trail --format jsonl --fields "$names" | sha256sum)"
# Fields of our own.
is "trailhound.sensitive: what yields secrets, read or not" "$("$TRAILHOUND" facets -c samples.trail event.action -f 'trailhound.sensitive: true' --top 1000 | jq -r .value | LC_ALL=C sort | paste -sd' ' -)" \
    "$("$TRAILHOUND" facets -c samples.trail event.action --top 1000 | jq -r .value | grep -Fxf - "$tmp/sensitive" | LC_ALL=C sort | paste -sd' ' -)"
is "trailhound.sensitive: false for all others" "$("$TRAILHOUND" count -c samples.trail 'trailhound.sensitive: *')" "$("$TRAILHOUND" count -c samples.trail)"
is "trailhound.session: temporary keys are sessions" "$("$TRAILHOUND" sql -c samples.trail 'select count(*) n from ecs where "aws.cloudtrail.user_identity.access_key_id" like '"'ASIA%'"' and "trailhound.session" is not "aws.cloudtrail.user_identity.access_key_id"' | jq .n)" 0
is "trailhound.session: long-term keys are none" "$("$TRAILHOUND" count -c samples.trail 'key: AKIA* and trailhound.session: *')" 0
is "trailhound.session: there are some" "$([ "$("$TRAILHOUND" count -c samples.trail 'trailhound.session: *')" -gt 100 ] && echo some)" some
for set in "$shared"/evidence/*/; do
    if [ ! -d "$set" ]; then
        skip "shared evidence: documents agree with columns" "no shared/evidence here"
        continue
    fi
    rm -f set.trail
    "$TRAILHOUND" import -q -c set.trail --geoip new "$set" >/dev/null
    columns_agree "$(basename "$set"): documents agree with columns" set.trail
done

# ---- the own cases of documents, through the whole program ----

folder=$TH_SRCDIR/tests/ecs/doc-cases
mkdir own
# What is no event to an import: nothing, what is no JSON object at all, half a digest.
none='^(blank|null-record|error-no-json|error-array|error-trailing|digest-bad-time)$'
jq -r '[(input_filename | split("/")[-1] | sub("[.]expected.*"; "")), .retain // "all",
    (.tags // ["preserve_original_event", "actor_target_mapping"] | join(","))] | join(" ")' "$folder"/*.expected.json >settings
while read -r name retain tags; do
    if printf '%s' "$name" | grep -Eq "$none"; then continue; fi
    rm -f case.trail
    "$TRAILHOUND" import -q -c case.trail --digest-regex . "$folder/$name.json" >/dev/null 2>&1 </dev/null
    "$TRAILHOUND" export -c case.trail --tags "$tags" --retain "$retain" >"own/$name.json" </dev/null
done <settings
if said=$(compare own "$folder" own); then tap_line 0 "own cases: $said"; else
    tap_line 1 "own cases"
    diag "$said"
fi
is "and there are many" "$([ "$(ls own | wc -l)" -gt 90 ] && echo many)" many

# ---- documents against the integration's ----

cases=$shared/elastic-cases
if [ ! -d "$cases" ] || [ ! -e /usr/share/uap-core/regexes.yaml ]; then
    skip "the integration's documents" "no shared/elastic-cases or no uap-core here"
    done_testing
fi
# Databases that hold what these documents tell, so that places are compared too.
mkdir told
compare places City "$cases"/*-expected.json | mmdb told/city.mmdb
compare places ASN "$cases"/*-expected.json | mmdb told/asn.mmdb
for log in "$cases"/*.log; do
    name=$(basename "$log" .log)
    retain=all
    case $name in *digest*-keyword) retain=keyword ;; esac
    [ ! -e "$log-config.yml" ] || retain=$(sed -n 's/^ *retain: *//p' "$log-config.yml")
    # Each line in a case of its own: some of these examples share an event id, and would be copies of one another.
    : >documents
    grep . "$log" >lines
    while IFS= read -r line; do
        rm -f case.trail
        printf '%s\n' "$line" >one.log
        # A digest is a record only when asked for; the others don't care.
        "$TRAILHOUND" import -q -c case.trail --geoip told --digest-regex . one.log >/dev/null </dev/null
        "$TRAILHOUND" export -c case.trail --tags preserve_original_event,actor_target_mapping --retain "${retain:-all}" >>documents </dev/null
    done <lines
    if said=$(compare documents "$log-expected.json" documents); then tap_line 0 "$name: $said"; else
        tap_line 1 "$name: documents"
        diag "$said"
    fi
done
done_testing
