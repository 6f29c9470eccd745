/* Sources whose beginning is missing or that have damage in a list: which records count. Written as
 * in shape_cases.h; R is a record with all that a delivered one has, 137 bytes, Q the same inside a
 * string. */
#ifndef TESTS_INGEST_RESYNC_CASES_H
#define TESTS_INGEST_RESYNC_CASES_H

#include "ingest/shape_cases.h"

#define R                                                                                          \
    "{\"eventVersion\":\"1\",\"userIdentity\":{},\"eventTime\":\"2026-03-01T09:00:00Z\","          \
    "\"eventSource\":\"s\",\"eventName\":\"A\",\"awsRegion\":\"r\",\"eventID\":\"i\"}"
#define Q                                                                                          \
    "{\\\"eventVersion\\\":\\\"1\\\",\\\"userIdentity\\\":{},\\\"eventTime\\\":\\\"2026-03-01T09:" \
    "00:00Z\\\",\\\"eventSource\\\":\\\"s\\\",\\\"eventName\\\":\\\"A\\\",\\\"awsRegion\\\":"      \
    "\\\"r\\\",\\\"eventID\\\":\\\"i\\\"}"
static const struct shape_case resync_cases[] = {
    {"front missing, a list in a wrapper", RAW("\"x\":1}," R "," R "]}"),
     "!0+6 cut off: the data begins inside a value; 7+137; 145+137; trail"},
    {"front missing inside a string", RAW("lice\",\"eventID\":\"1\"}," R "]}\n"),
     "!0+20 cut off: the data begins inside a value; 21+137; trail"},
    {"front missing inside an escape", RAW("u0041\\n\",\"eventID\":\"1\"}," R "]}"),
     "!0+23 cut off: the data begins inside a value; 24+137; trail"},
    {"front missing behind a backslash", RAW("\" and \\\"more\\\" {\",\"eventID\":\"1\"}," R "]}"),
     "!0+32 cut off: the data begins inside a value; 33+137; trail"},
    {"front missing inside a word", RAW("lse,\"x\":{\"a\":[1,2]}}," R "]}"),
     "!0+20 cut off: the data begins inside a value; 21+137; trail"},
    {"front missing inside a number", RAW("0e5,\"x\":null}," R "]"),
     "!0+13 cut off: the data begins inside a value; 14+137; trail"},
    {"front missing at a bracket", RAW("}," R "]}"),
     "!0+1 cut off: the data begins inside a value; 2+137; trail"},
    {"front missing, nested brackets", RAW("\"a\"]},\"b\":{}}},\n  " R " ,\n " R "\n]\n}\n"),
     "!0+14 cut off: the data begins inside a value; 18+137; 159+137; trail"},
    {"front missing, members behind the list",
     RAW("\"x\":1}," R "],\"NextToken\":\"t\"}\n{\"Records\":[" R "]}"),
     "!0+6 cut off: the data begins inside a value; 7+137; 175+137; trail"},
    {"front missing, another list behind it", RAW("\"x\":1}," R "]}{\"Records\":[" R "]}"),
     "!0+6 cut off: the data begins inside a value; 7+137; 158+137; trail"},
    {"cut at both ends", RAW("\"x\":1}," R "," R ",{\"eventVer"),
     "!0+6 cut off: the data begins inside a value; 7+137; 145+137; !283+10 cut off: the data ends "
     "at byte 293, inside a value; trail"},
    {"cut at both ends, behind a record", RAW("\"x\":1}," R),
     "!0+6 cut off: the data begins inside a value; 7+137; !144+0 cut off: the data ends at byte "
     "144, inside a value; trail"},
    {"a list inside the record that is cut", RAW("x\"}," R "," R "],\"eventID\":\"1\"}," R "]}"),
     "!0+295 cut off: the data begins inside a value; 296+137; trail"},
    {"a list inside the last record, cut", RAW("x\"}," R "],\"eventID\":\"1\"}]}"),
     "!0+159 cut off: the data begins inside a value; trail"},
    {"a list inside the last record of an array, cut", RAW("x\"}," R "],\"eventID\":\"1\"}]"),
     "!0+158 cut off: the data begins inside a value; trail"},
    {"a list inside a record that is cut at both ends", RAW("x\"}," R "],\"eventID\":\"1"),
     "!0+155 cut off: the data begins inside a value; trail"},
    {"a list deep inside the record that is cut", RAW("x\"}," R "]}}," R "]}"),
     "!0+144 cut off: the data begins inside a value; 145+137; trail"},
    {"a list of lists inside it", RAW("x\"}," R "]],\"a\":1}," R "]}"),
     "!0+150 cut off: the data begins inside a value; 151+137; trail"},
    {"an id that is no text counts not",
     RAW("\"a\":1},{\"eventVersion\":\"1\",\"userIdentity\":{},\"eventTime\":\"2026-03-01T09:00:"
         "00Z\",\"eventSource\":\"s\",\"eventName\":\"A\",\"awsRegion\":\"r\",\"eventID\":7}]}"),
     "!0+144 cut off: the data begins inside a value; trail"},
    {"less than a delivered record", RAW("\"a\":1},{\"eventName\":\"A\"}," R "]}"),
     "!0+24 cut off: the data begins inside a value; 25+137; trail"},
    {"the rest of one record",
     RAW("\"eventSource\":\"s\",\"eventName\":\"A\",\"eventID\":\"i\"}]}"),
     "!0+50 cut off: the data begins inside a value; trail"},
    {"the rest of other JSON", RAW("\"a\":1},{\"b\":2},{\"c\":3}]}"), "no CloudTrail records"},
    {"text that quotes a list", RAW("see [" R "]"), "no CloudTrail records"},
    {"text with a list in it", RAW("The list is\n  [" R "," R "]\n"), "no CloudTrail records"},
    {"code with a list in it", RAW("x = [" R "]\n"), "no CloudTrail records"},
    {"a string with a list in it", RAW("\"a [" Q "]\""), "no CloudTrail records"},
    {"front missing, LookupEvents",
     RAW("\"x\"},{\"EventId\":\"1\",\"CloudTrailEvent\":\"" Q
         "\"},{\"EventId\":\"1\",\"CloudTrailEvent\":\"" Q "\"}],\"NextToken\":\"t\"}"),
     "!0+4 cut off: the data begins inside a value; s39+163; s239+163; trail"},
    {"a lost quote", RAW("{\"Records\":[" R ",{\"a\":\"x}," R "," R "]}"),
     "12+137; !150+8 malformed JSON at byte 161: ',' or '}' is missing; 159+137; 297+137; trail"},
    {"a list with a hole in it",
     RAW("{\"Records\":[" R ",{\"a\":\x01\xff"
         "," R "," R "]}\n"),
     "12+137; !150+7 malformed JSON at byte 155: a value is missing; 158+137; 296+137; trail"},
    {"holes", RAW("[" R ",{\"a\":\"x},{\"b\":\"y}," R ",{\"c\":\"z}," R "]"),
     "1+137; !139+17 malformed JSON at byte 150: ',' or '}' is missing; 157+137; !295+8 malformed "
     "JSON at byte 306: ',' or '}' is missing; 304+137; trail"},
};

/* With a limit of 200 bytes. */
#define LARGE_R   "a record of more than 200 bytes (--max-record)"
#define LONG      "012345678901234567890123456789012345678901234567890123456789012345678901234567890"
#define ENDLESS_R "{\"a\":[\"" LONG "\",\"" LONG "\",\"" LONG "\""
static const struct shape_case large_resync_cases[] = {
    {"a large element without its brackets", RAW("[" R "," ENDLESS_R "," R "," R "]"),
     "1+137; !139+534 " LARGE_R " that does not end; trail"},
    {"a large element that lacks its last bracket",
     RAW("{\"Records\":[" ENDLESS_R "]," R "," R "]}"),
     "!12+259 " LARGE_R " that does not end; 271+137; 409+137; trail"},
    {"a large element with a string that does not end",
     RAW("[" R ",{\"a\":\"" LONG LONG LONG "},\n" R ",\n" R "]"),
     "1+137; !139+389 " LARGE_R " that does not end; 530+137; trail"},
    {"a large line, then a list", RAW(ENDLESS_R "\n[" R "," R "]"),
     "!0+259 " LARGE_R " that does not end; 259+137; 397+137; trail"},
};

#endif
