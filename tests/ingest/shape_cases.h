/* What each form of a source gives: TEXT is the input, WANT what comes out of it, one item after
 * the other: "OFFSET+LENGTH" a record, "sOFFSET+LENGTH" one inside a string, "!OFFSET+LENGTH
 * reason" a reject, at the end "trail" or why not. E is a record of 17 bytes. */
#ifndef TESTS_INGEST_SHAPE_CASES_H
#define TESTS_INGEST_SHAPE_CASES_H

#include "base/str.h"

struct shape_case {
    const char *name;
    struct th_str text;
    const char *want;
};

#define E "{\"eventName\":\"A\"}"
#define RAW(lit)                                                                                   \
    {                                                                                              \
        lit, sizeof(lit) - 1                                                                       \
    }
#define CUT      "cut off: the data ends at byte "
#define BAD      "malformed JSON at byte "
#define NO_EVENT "not a CloudTrail record"
#define NONE     "no CloudTrail records"

static const struct shape_case shape_cases[] = {
    /* Forms that are read. */
    {"Records", RAW("{\"Records\":[" E "," E "]}"), "12+17; 30+17; trail"},
    {"Records, white space", RAW(" {\r\n \"Records\" :\t[ \n" E " , " E "\n]\n}\n"),
     "20+17; 40+17; trail"},
    {"Records, empty", RAW("{\"Records\":[]}"), "trail"},
    {"Records among members", RAW("{\"a\":{\"Records\":[1]},\"Records\":[" E "],\"b\":[2]}"),
     "32+17; trail"},
    {"Records twice", RAW("{\"Records\":[" E "],\"x\":null,\"Records\":[" E "]}"),
     "12+17; 51+17; trail"},
    {"Records, escaped name", RAW("{\"Rec\\u006frds\":[" E "]}"), "17+17; trail"},
    {"an array", RAW("[" E "," E "]"), "1+17; 19+17; trail"},
    {"an empty array", RAW("[]"), NONE},
    {"one event", RAW(E), "0+17; trail"},
    {"one event, printed over lines", RAW("{\n  \"eventName\": \"A\"\n}\n"), "0+22; trail"},
    {"one event a line", RAW(E "\n" E "\n"), "0+17; 18+17; trail"},
    {"lines, CRLF, blank ones", RAW(E "\r\n\r\n \t" E "\r\n"), "0+17; 23+17; trail"},
    {"lines without a break", RAW(E E), "0+17; 17+17; trail"},
    {"lines with commas", RAW(E ",\n" E ",\n"), "0+17; 19+17; trail"},
    {"byte order mark", RAW("\xef\xbb\xbf" E), "3+17; trail"},
    {"byte order mark, Records", RAW("\xef\xbb\xbf{\"Records\":[" E "]}"), "15+17; trail"},
    {"a wrapper a line", RAW("{\"Records\":[" E "]}\n{\"Records\":[" E "]}\n"),
     "12+17; 44+17; trail"},
    {"an array of wrappers", RAW("[{\"Records\":[" E "]},{\"Records\":[" E "]}]"),
     "13+17; 45+17; trail"},
    {"arrays in an array", RAW("[[" E "],[" E "]]"), "2+17; 22+17; trail"},
    {"all together", RAW(E "\n[" E "]\n{\"Records\":[" E "]}"), "0+17; 19+17; 50+17; trail"},
    {"an Insight", RAW("{\"insightDetails\":{}}"), "0+21; trail"},
    {"the same key twice", RAW("{\"eventName\":\"A\",\"eventName\":\"B\"}"), "0+33; trail"},
    {"invalid UTF-8 inside", RAW("{\"eventName\":\"\xff\xc3\"}"), "0+18; trail"},
    {"escaped NUL and lone surrogate", RAW("{\"eventName\":\"\\u0000\\ud800\"}"), "0+28; trail"},
    {"a huge number", RAW("{\"eventName\":1e999}"), "0+19; trail"},

    /* Nothing of CloudTrail. */
    {"nothing", RAW(""), "empty file"},
    {"white space", RAW(" \n\t\r\n "), NONE},
    {"byte order mark only", RAW("\xef\xbb\xbf"), NONE},
    {"other JSON", RAW("{\"a\":1}"), NONE},
    {"other JSON lines", RAW("{\"a\":1}\n{\"b\":[1,2]}\n3\n"), NONE},
    {"an array of numbers", RAW("[1,2,3]"), NONE},
    {"a string", RAW("\"eventName\""), NONE},
    {"Records that is no array", RAW("{\"Records\":{\"a\":1}}"), NONE},
    {"text", RAW("Permission is hereby granted\nto {nobody}\n"), NONE},
    {"text with a brace at a line", RAW("int main(void)\n{\n    return 0;\n}\n"), NONE},
    {"a configuration file", RAW("[section]\nkey = value\n"), NONE},
    {"a log with dates in brackets", RAW("[2024-01-01 10:00:00] started\n"), NONE},
    {"a log with numbers in brackets", RAW("[12] started\n[13] stopped\n"), NONE},
    {"braces that are no JSON", RAW("{% if x %}\n"), NONE},
    {"binary", RAW("\x89PNG\r\n\x1a\n\0\0\0\rIHDR{\n{\"a\""), NONE},
    {"an SQLite file", RAW("SQLite format 3\0\x10\0\n" E), "SQLite database"},
    {"a zip file", RAW("PK\x03\x04\x14\0\0\0\0\0"), "zip archive (not read)"},
    {"UTF-16", RAW("\xff\xfe{\0\"\0"), "UTF-16 text (not read)"},
    {"a digest", RAW("{\"digestStartTime\":\"x\",\"logFiles\":[]}"), "digest (skipped)"},
    {"two digests",
     RAW("{\"digestStartTime\":\"x\",\"logFiles\":[]}\n"
         "{\"digestStartTime\":\"x\",\"logFiles\":[]}\n"),
     "digest (skipped)"},

    /* Members that are no records. */
    {"Records of anything", RAW("{\"Records\":[17,\"x\",null,[1]," E ",{\"a\":1},{}]}"),
     "!12+2 not an object; !15+3 not an object; !19+4 not an object; !24+3 not an object; 28+17; "
     "!46+7 " NO_EVENT "; !54+2 " NO_EVENT "; trail"},
    {"Records of one number", RAW("{\"Records\":[1]}"), "!12+1 not an object; trail"},
    {"an array that turns out to be one", RAW("[1,{\"a\":2}," E ",3]"),
     "!1+1 not an object; !3+7 " NO_EVENT "; 11+17; !29+1 not an object; trail"},
    {"lines that turn out to be some", RAW("{\"a\":1}\n" E "\n{\"b\":1}\n"),
     "!0+7 " NO_EVENT "; 8+17; !26+7 " NO_EVENT "; trail"},
    {"a digest among events", RAW(E "\n{\"digestStartTime\":\"x\",\"logFiles\":[]}\n"),
     "0+17; !18+37 a digest, not an event; trail"},
    {"text before the first event", RAW("# exported\n# by hand\n" E "\n"),
     "!0+20 not JSON; 21+17; trail"},
    {"text behind", RAW("{\"Records\":[" E "]}\n-- \nend\n"), "12+17; !32+7 not JSON; trail"},
    {"NUL bytes between lines", RAW(E "\n\0\0\n" E "\n"), "0+17; !18+2 not JSON; 21+17; trail"},
    {"NUL bytes behind", RAW(E "\n\0\0\0\0"), "0+17; !18+4 not JSON; trail"},

    /* Breaks. */
    {"cut in the second record", RAW("{\"Records\":[" E ",{\"eventNa"),
     "12+17; !30+9 " CUT "39, inside a value; trail"},
    {"cut behind a record", RAW("{\"Records\":[" E),
     "12+17; !29+0 " CUT "29, inside a value; trail"},
    {"cut behind a comma", RAW("{\"Records\":[" E ",\n"),
     "12+17; !31+0 " CUT "31, inside a value; trail"},
    {"cut before the last brace", RAW("{\"Records\":[" E "]"),
     "12+17; !30+0 " CUT "30, inside a value; trail"},
    {"cut in the first key", RAW("{\"Reco"), "!0+6 " CUT "6, inside a value; trail"},
    {"cut behind the first brace", RAW("{"), "!0+1 " CUT "1, inside a value; trail"},
    {"cut in a member", RAW("{\"Records\":[],\"x\":[1,"), "!18+3 " CUT "21, inside a value; trail"},
    {"other JSON, cut", RAW("{\"a\":1}\n{\"b\":"), "!8+5 " CUT "13, inside a value; trail"},
    {"numbers, cut", RAW("[1,2"), "!4+0 " CUT "4, inside a value; trail"},
    {"an array, cut", RAW("[" E ",{\"a\":\"b"), "1+17; !19+7 " CUT "26, inside a value; trail"},
    {"the last line, cut", RAW(E "\n{\"eventName\":\"B"),
     "0+17; !18+15 " CUT "33, inside a value; trail"},
    {"a broken line", RAW(E "\n{\"eventName\":\"B,\n" E "\n"),
     "0+17; !18+16 " BAD "34: control character in a string; 35+17; trail"},
    {"a broken first line", RAW("{\"eventName\":\n" E "\n" E "\n"),
     "!0+13 " BAD "32: ',' or '}' is missing; 14+17; 32+17; trail"},
    {"a line without its end", RAW("{\"eventName\":{\"x\":1}\n" E "\n"),
     "!0+20 " BAD "21: ',' or '}' is missing; 21+17; trail"},
    {"a broken object on a line of several", RAW(E "{\"a\":tru}" E "\n" E),
     "0+17; !17+9 " BAD "25: unknown word; 26+17; 44+17; trail"},
    {"a broken wrapper among lines", RAW(E "\n{\"Records\":[" E ",{\"x\n" E "\n"),
     "0+17; 30+17; !48+3 " BAD "51: control character in a string; 52+17; trail"},
    {"a broken element", RAW("{\"Records\":[" E ",{\"a\":tru}," E "]}"),
     "12+17; !30+9 " BAD "38: unknown word; 40+17; trail"},
    {"a broken last element", RAW("{\"Records\":[" E ",{\"a\":}]}"),
     "12+17; !30+6 " BAD "35: a value is missing; trail"},
    {"a line break in a string", RAW("[" E ",{\"a\":\"x\ny\"}, " E "]"),
     "1+17; !19+11 " BAD "26: control character in a string; 32+17; trail"},
    {"two broken elements", RAW("[" E ",{\"a\":tru},{\"b\":fals}," E "]"),
     "1+17; !19+39 " BAD "27: unknown word; trail"},
    {"an element without a closing quote", RAW("[" E ",{\"a\":\"x}," E "," E "]"),
     "1+17; !19+45 " BAD "30: ',' or '}' is missing; trail"},
    {"a missing comma", RAW("[" E E "]"), "1+17; !18+18 " BAD "18: ',' or ']' is missing; trail"},
    {"a comma too many", RAW("[" E ",]"),
     "1+17; !19+1 " BAD "19: nothing stands behind the last comma; trail"},
    {"a wrapper without a colon", RAW("{\"Records\":[" E "],\"x\" 1}"),
     "12+17; !35+2 " BAD "35: ':' is missing behind a key; trail"},
    {"a wrapper with a comma too many", RAW("{\"Records\":[" E "],}"),
     "12+17; !31+1 " BAD "31: a key is missing; trail"},
    {"other JSON, broken", RAW("{\"a\":tru}"), "!0+9 " BAD "8: unknown word; trail"},
    {"other JSON, broken twice", RAW("{\"a\":tru}\n{\"b\":fals}\n"),
     "!0+9 " BAD "8: unknown word; trail"},
};

/* Records inside strings. T is one of 21 bytes; R, a record as it stands, has 17. */
#define T            "{\\\"eventName\\\":\\\"A\\\"}"
#define LOOKUP(text) "{\"EventId\":\"1\",\"EventName\":\"A\",\"CloudTrailEvent\":\"" text "\"}"
#define LOG(text)    "{\"id\":\"1\",\"timestamp\":1,\"message\":\"" text "\"}"
#define INSIDE       "malformed JSON at byte "
static const struct shape_case carrier_cases[] = {
    {"LookupEvents", RAW("{\"Events\":[" LOOKUP(T) "," LOOKUP(T) "],\"NextToken\":\"x\"}"),
     "s61+21; s135+21; trail"},
    {"LookupEvents, the token first", RAW("{\"NextToken\":\"x\",\"Events\":[" LOOKUP(T) "]}"),
     "s77+21; trail"},
    {"LookupEvents, an answer a line",
     RAW("{\"Events\":[" LOOKUP(T) "]}\n{\"Events\":[" LOOKUP(T) "]}\n"), "s61+21; s148+21; trail"},
    {"LookupEvents, answers in an array",
     RAW("[{\"Events\":[" LOOKUP(T) "]},\n{\"Events\":[" LOOKUP(T) "]}]"),
     "s62+21; s150+21; trail"},
    {"LookupEvents, an event a line", RAW(LOOKUP(T) "\n" LOOKUP(T) "\n"), "s50+21; s124+21; trail"},
    {"LookupEvents, white space",
     RAW("{\n \"Events\" : [ {\n \"CloudTrailEvent\" :\n \"" T "\" } ]\n}\n"), "s41+21; trail"},
    {"LookupEvents, nothing", RAW("{\"Events\":[]}"), NONE},
    {"LookupEvents, escaped letters",
     RAW(LOOKUP("{\\u0022eventName\\u0022:\\u0022\\u00e4\\\\u0000\\u0022}")), "s50+49; trail"},
    {"LookupEvents, white space around the record", RAW(LOOKUP(" \\n" T "\\n")), "s50+26; trail"},
    {"LookupEvents, an event cut off", RAW(LOOKUP("{\\\"eventName\\\":")),
     "!0+67 " INSIDE "13 of the text inside: it is cut off; trail"},
    {"LookupEvents, an event broken, one whole",
     RAW("{\"Events\":[" LOOKUP("{x}") "," LOOKUP(T) "]}"),
     "!11+55 " INSIDE "1 of the text inside: a key is missing; s117+21; trail"},
    {"LookupEvents, two in one string", RAW(LOOKUP(T T)),
     "!0+94 " INSIDE "17 of the text inside: more stands behind the record; trail"},
    {"LookupEvents, an event that is no text",
     RAW("{\"Events\":[{\"CloudTrailEvent\":null}," LOOKUP(T) "]}"),
     "!11+24 " NO_EVENT "; s86+21; trail"},
    {"LookupEvents, an event that is no record", RAW(LOOKUP("{}")), "!0+54 " NO_EVENT "; trail"},
    {"LookupEvents, the answer cut off", RAW("{\"Events\":[" LOOKUP(T) ",{\"EventId\":\"2"),
     "s61+21; !85+13 " CUT "98, inside a value; trail"},

    {"a subscription",
     RAW("{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[" LOG(T) "," LOG(T) "]}"),
     "s78+21; s137+21; trail"},
    {"subscriptions without a break",
     RAW("{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[" LOG(
         T) "]}"
            "{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[" LOG(T) "]}"),
     "s78+21; s181+21; trail"},
    {"a control message",
     RAW("{\"messageType\":\"CONTROL_MESSAGE\",\"logEvents\":[" LOG("hello") "]}"), NONE},
    {"a control message among others",
     RAW("{\"messageType\":\"CONTROL_MESSAGE\",\"logEvents\":[" LOG(
         "hello") "]}"
                  "{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[" LOG(T) "," LOG("hello") "]}"),
     "s168+21; !192+42 " NO_EVENT "; trail"},
    {"a control message whose kind comes late",
     RAW("{\"logEvents\":[" LOG(
         "CWL CONTROL MESSAGE: x") "],\"messageType\":\"CONTROL_MESSAGE\"}\n" E),
     "108+17; trail"},
    {"a record in a control message counts all the same",
     RAW("{\"messageType\":\"CONTROL_MESSAGE\",\"logEvents\":[" LOG(T) "]}"), "s81+21; trail"},
    {"log events of other programs", RAW("{\"logEvents\":[" LOG("{x") "," LOG("hello") "]}"), NONE},
    {"FilterLogEvents",
     RAW("{\"events\":[" LOG(T) "],\"searchedLogStreams\":[{\"a\":1}],\"nextToken\":\"x\"}"),
     "s46+21; trail"},
    {"records as they are in events", RAW("{\"events\":[" E "," E "]}"), "11+17; 29+17; trail"},

    {"exported to S3", RAW("2026-03-01T09:00:00.000Z " E "\n2026-03-01T09:00:00.001Z " E "\n"),
     "25+17; 68+17; trail"},
    {"exported to S3, a tab and an offset", RAW("2026-03-01T09:00:00+01:00\t " E), "27+17; trail"},
    {"exported to S3, a broken line",
     RAW("2026-03-01T09:00:00.000Z {\"eventName\":\n2026-03-01T09:00:00.001Z " E "\n"),
     "!25+13 " BAD "43: ',' or '}' is missing; 64+17; trail"},
    {"exported to S3, other lines",
     RAW("START\n2026-03-01T09:00:00.000Z " E "\n2026-03-01T09:00:00.001Z no\n"),
     "!0+5 not JSON; 31+17; !49+27 not JSON; trail"},
    {"a log with times", RAW("2026-03-01T09:00:00.000Z started\n"), NONE},
    {"a log with times and JSON", RAW("2026-03-01T09:00:00.000Z {\"a\":1}\n"), NONE},

    {"Splunk, a result a line",
     RAW("{\"preview\":false,\"result\":{\"_time\":\"x\",\"_raw\":\"" T "\"}}\n"
         "{\"preview\":false,\"result\":{\"_raw\":\"" T "\"}}\n"),
     "s47+21; s107+21; trail"},
    {"Splunk, all at once", RAW("{\"results\":[{\"eventName\":\"shown\",\"_raw\":\"" T "\"}]}"),
     "s41+21; trail"},
    {"Splunk, results without the text", RAW("{\"results\":[" E "]}"), "12+17; trail"},

    {"Elastic, nested", RAW("{\"event\":{\"kind\":\"event\",\"original\":\"" T "\"}}\n"),
     "s37+21; trail"},
    {"Elastic, dotted", RAW("{\"event.original\":\"" T "\",\"@timestamp\":\"x\"}"),
     "s19+21; trail"},
    {"Elastic, a hit a line",
     RAW("{\"_id\":\"1\",\"_source\":{\"event\":{\"original\":\"" T "\"}}}"), "s43+21; trail"},
    {"Elastic, an answer",
     RAW("{\"took\":1,\"hits\":{\"total\":{\"value\":2},\"hits\":["
         "{\"_source\":{\"event\":{\"original\":\"" T "\"}}},"
         "{\"_source\":{\"event.original\":\"" T "\"}}]}}"),
     "s79+21; s135+21; trail"},
    {"Elastic, the last of two originals counts",
     RAW("{\"event\":{\"original\":\"no\",\"original\":\"" T "\"}}"), "s38+21; trail"},
    {"Elastic before the log's own text",
     RAW("{\"message\":\"{}\",\"event\":{\"original\":\"" T "\"}}"), "s37+21; trail"},
    {"Elastic, a document of another program",
     RAW("{\"event\":{\"original\":\"{\\\"a\\\":1}\"}}\n{\"message\":\"{\"}\n"), NONE},
    {"hits in hits in hits",
     RAW("{\"hits\":{\"hits\":{\"hits\":{\"hits\":{\"hits\":{\"hits\":{\"hits\":{"
         "\"hits\":{\"hits\":{\"hits\":[" E "]}}}}}}}}}}"),
     NONE},
};

/* With digests taken in. */
static const struct shape_case digest_cases[] = {
    {"a digest that is taken", RAW("{\"digestStartTime\":\"x\",\"logFiles\":[]}"), "0+37; trail"},
    {"a digest among events, taken", RAW(E "\n{\"digestStartTime\":\"x\",\"logFiles\":[]}\n"),
     "0+17; 18+37; trail"},
};

/* The same with records of at most 40 bytes. */
#define BIG      "{\"eventName\":\"01234567890123456789012345\"}"
#define LARGE    "a record of more than 40 bytes (--max-record)"
#define UNCLOSED "{\"a\":[\"01234567890123456789012345678901234\""
#define ENDLESS  "{\"a\":\"01234567890123456789012345678901234\""
static const struct shape_case large_cases[] = {
    {"a large line", RAW(E "\n" BIG "\n" E), "0+17; !18+42 " LARGE "; 61+17; trail"},
    {"a large first line", RAW(BIG "\n" E), "!0+42 " LARGE "; 43+17; trail"},
    {"only a large line", RAW(BIG "\n"), "!0+42 " LARGE "; trail"},
    {"a large element", RAW("{\"Records\":[" BIG "," E "]}"), "!12+42 " LARGE "; 55+17; trail"},
    {"a large element with brackets in strings",
     RAW("[{\"a\":\"}]\\\"}\",\"b\":[[{\"c\":\"01234567890123456789\"}]]}," E "]"),
     "!1+50 " LARGE "; 52+17; trail"},
    {"a large wrapper", RAW("{\"Records\":[" E "," E "," E "]}"), "12+17; 30+17; 48+17; trail"},
    {"a large array", RAW("[" E "," E "," E "]"), "1+17; 19+17; 37+17; trail"},
    {"a large line without its last bracket", RAW(E "\n" ENDLESS "\n" E "\n" E),
     "0+17; !18+42 " LARGE " that does not end; 61+17; 79+17; trail"},
    {"a large line without its last quote", RAW(E "\n" ENDLESS ",\"b\":\"c\n" E "\n" E),
     "0+17; !18+49 " LARGE " that does not end; 68+17; 86+17; trail"},
    {"a large first line without an end", RAW(ENDLESS "\n" E),
     "!0+42 " LARGE " that does not end; 43+17; trail"},
    {"a large line inside another", RAW(ENDLESS E "\n" E),
     "!0+59 " LARGE " that does not end; 60+17; trail"},
    {"a large line without a bracket inside", RAW(E "\n" UNCLOSED "}\n" E "\n" E),
     "0+17; !18+44 " LARGE " that does not end; 63+17; 81+17; trail"},
    {"nothing behind it", RAW(E "\n" ENDLESS), "0+17; !18+42 " LARGE " that does not end; trail"},
};

#endif
