#!/bin/sh
# The Elasticsearch template against the field table, and against documents: what the program writes has a mapping of
# the right type.
. "$TH_SRCDIR/tests/lib/tap.sh"
if ! command -v jq >/dev/null; then
    skip "the template" "no jq"
    done_testing
fi
template=$TH_BUILDDIR/schema/elasticsearch-template.json
is "the template is JSON with mappings" "$(jq '.template.mappings.properties | length > 15' "$template")" true
same_type() { # NAME TYPE: prints the mapping's type when it is another
    jq -r --arg name "$1" 'getpath(["template","mappings"] + ($name | split(".") | map("properties", .))) | .type // "nothing"' "$template"
}
types=$(sed -n 's/^TH_FIELD([A-Z0-9_]*, "\([^"]*\)", \([A-Z]*\), \([A-Z]*\), "[^"]*", \([^,]*\),.*/\1 \2 \3 \4/p' "$TH_SRCDIR/schema/fields.def")
is "every row of the table is read" "$(printf '%s\n' "$types" | wc -l)" "$(grep -c '^TH_FIELD(' "$TH_SRCDIR/schema/fields.def")"
printf '%s\n' "$types" | while read -r name type store flags; do
    case "$name $type $store $flags" in
    trailhound.*) want=nothing ;;
    data_stream.* | event.module\ * | event.dataset\ *) want=constant_keyword ;;
    error.message\ *) want=match_only_text ;;
    *\ KEYWORD\ *) want=keyword ;;
    *\ GEO\ *) want=geo_point ;;
    *\ BOOLEAN\ *) want=boolean ;;
    *\ LONG\ *) want=long ;;
    *\ DATE\ *) want=date ;;
    *\ IP\ *) want=ip ;;
    *\ FLATTENED\ *) want=flattened ;;
    *) want="a type this test knows" ;;
    esac
    got=$(same_type "$name")
    [ "$got" = "$want" ] || echo "$name: $got, want $want"
done >"$tmp/types"
is "every field has its type" "$(cat "$tmp/types")" ""
at() { jq -c ".template.mappings.properties | $1" "$template"; }
is "constants with their values" "$(at '[.event.properties.module, .event.properties.dataset, .data_stream.properties.dataset, .data_stream.properties.type, .data_stream.properties.namespace]')" \
    '[{"type":"constant_keyword","value":"aws"},{"type":"constant_keyword","value":"aws.cloudtrail"},{"type":"constant_keyword","value":"aws.cloudtrail"},{"type":"constant_keyword","value":"logs"},{"type":"constant_keyword"}]'
is "constants of the document are keywords" "$(at '[.ecs.properties.version.type, .cloud.properties.provider.type]')" '["keyword","keyword"]'
cloudtrail=.aws.properties.cloudtrail.properties
is "words of a name" "$(at .user.properties.name)" '{"type":"keyword","fields":{"text":{"type":"match_only_text"}}}'
is "long texts of requests" "$(at "$cloudtrail.request_parameters, $cloudtrail.response_elements" | sort -u)" '{"type":"keyword","ignore_above":8191,"fields":{"text":{"type":"text"}}}'
is "and of the rest" "$(at "$cloudtrail.additional_eventdata, $cloudtrail.service_event_details" | sort -u)" '{"type":"keyword","ignore_above":1024,"fields":{"text":{"type":"text"}}}'
# Elasticsearch's own template for ECS gives these names words; the integration's own fields have what it declares.
names=$(jq -r '.template.mappings | paths(objects | has("type")) as $p | select(getpath($p).type == "keyword" and ($p | index("fields") | not)) |
    $p | map(select(. != "properties")) | join(".")' "$template")
is "names, paths and clients have words" "$(jq -r '.template.mappings | paths(objects | has("type")) as $p | select(getpath($p).fields.text.type == "match_only_text") |
    $p | map(select(. != "properties")) | join(".")' "$template" | sort)" "$(printf '%s\n' "$names" | grep -v '^aws\.' | grep -E '\.name$|file\.path$|os\.full$|^user_agent\.original$' | sort)"
is "and no limit; all other keywords have one" "$(jq -c '[.template.mappings.properties | .. | objects | select(.type? == "keyword" and .index? != false) |
    (.ignore_above | type) + " " + (.fields.text.type // "none")] | group_by(.) | map(.[0])' "$template")" '["null match_only_text","number none","number text"]'
is "flattened fields are left as Elasticsearch has them" "$(jq -c '[.template.mappings.properties | .. | objects | select(.type? == "flattened")] | unique' "$template")" '[{"type":"flattened"}]'
is "what comes besides is a keyword" "$(jq -c '.template.mappings.dynamic_templates' "$template")" '[{"all_strings_to_keywords":{"match_mapping_type":"string","mapping":{"ignore_above":1024,"type":"keyword"}}}]'
is "the record itself is not indexed" "$(at .event.properties.original)" '{"type":"keyword","index":false,"doc_values":false}'
is "as many .text as the table says" "$(jq '[.. | objects | select(.fields?.text?.type)] | length' "$template")" "$(printf '%s\n' "$types" | grep -v '^trailhound' | grep -c TEXT_TWIN)"

# Every leaf of a document must have a mapping: below a flattened one anything goes, a location is a whole.
leaves='def mapped($m; $path): if type == "array" then .[] | mapped($m; $path)
    elif ($m.type // "") == "flattened" or ($m.type // "") == "geo_point" then empty
    elif type == "object" then to_entries[] | .key as $k | .value | mapped($m.properties[$k]? // {}; $path + [$k])
    elif $m.type then empty else $path | join(".") end;
    mapped($template[0].template.mappings; [])'
"$TRAILHOUND" import -q -c "$tmp/s.trail" "$TH_SRCDIR/data/samples" >/dev/null
"$TRAILHOUND" export -c "$tmp/s.trail" | awk 'NR % 4 == 0' >"$tmp/documents"
is "documents to look at" "$([ "$(wc -l <"$tmp/documents")" -gt 1000 ] && echo many)" many
is "samples: every value has a mapping" "$(jq -r --slurpfile template "$template" "$leaves" "$tmp/documents" | sort | uniq -c)" ""
is "and one without would be told" "$(echo '{"event":{"no":{"such":[1]}},"tags":["a"]}' | jq -r --slurpfile template "$template" "$leaves")" event.no.such
if [ -d "$shared/elastic-cases" ]; then
    is "the integration's documents: every value has a mapping" "$(cat "$shared"/elastic-cases/*-expected.json | jq -c '.expected[] | values' | jq -r --slurpfile template "$template" "$leaves" | sort | uniq -c)" ""
else
    skip "the integration's documents" "no shared/elastic-cases here"
fi
done_testing
