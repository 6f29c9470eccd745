# Log text that tries to drive the terminal: it is shown, it does nothing.
. "$TH_SRCDIR/tests/lib/tap.sh"
. "$TH_SRCDIR/tests/journey/lib.sh"
cat >evil.json <<'JSON'
{"Records":[{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","userName":"evil\u001b]0;OWNED\u0007name"},"eventTime":"2026-03-02T06:00:00Z",
"eventSource":"iam.amazonaws.com","eventName":"\u001b[2J\u001b[1;1HListUsers","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.1\r\nINJECTED",
"userAgent":"\u202egnp\u009b31m","requestParameters":{"a\u001b[31mb":"\b\b\bx"},"responseElements":null,"eventID":"00000000-0000-4000-8000-000000000001",
"eventType":"AwsApiCall","recipientAccountId":"111122223333"}]}
JSON
"$TRAILHOUND" import -q -c evil.trail evil.json
open_shell 100 40
t set-option -g set-titles off
title=$(now '#{pane_title}')
run_in_shell "'$TRAILHOUND' evil.trail"
sees "the name is shown with its escapes spelled out" 'evil\^\[\]0;OWNED\^Gname'
sees "the action too" '\^\[\[2J\^\[\[1;1HListUsers'
sees "a line break is a sign, not a line" '192\.0\.2\.1␍⏎INJECTED'
sees "the order of writing can't be turned round" '\\u\{202E\}gnp'
sees "the first line is still the case's" '^ evil +2 Mar'
keys Enter
sees "in the detail" 'a\^\[\[31mb'
text 'r'
sees "and in the record" '\^H\^H\^Hx'
text 'y'
is "the title is what it was" "$(now '#{pane_title}')" "$title"
text 'qqq'
sees "the shell is back" 'ready>'
done_testing
