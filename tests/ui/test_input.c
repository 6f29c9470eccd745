/* The line editor, completion's replacing, and the folding tree. */
#include "lib/tap.h"

#include "base/text.h"
#include "ui/term/keys.h"
#include "ui/widget/line_edit.h"
#include "ui/widget/tree.h"

static void type(struct ui_input *in, const char *text)
{
    struct th_str s = th_str_of(text);
    for (size_t at = 0; at < s.n;)
        ui_input_key(in, (int)th_utf8_next(s, &at));
}

static void holds(struct ui_input *in, const char *want, size_t at, const char *name)
{
    tap_is_str(th_buf_cstr(&in->text), want, name);
    tap_is_int((int64_t)in->at, (int64_t)at, name);
}

static void test_editing(void)
{
    struct ui_input in;
    ui_input_init(&in);
    type(&in, "user.name: ivy");
    holds(&in, "user.name: ivy", 14, "typing");
    ui_input_key(&in, UI_CTRL('W'));
    holds(&in, "user.name: ", 11, "Ctrl-W cuts the word");
    ui_input_key(&in, UI_CTRL('Y'));
    holds(&in, "user.name: ivy", 14, "Ctrl-Y puts it back");
    ui_input_key(&in, UI_KEY_HOME);
    ui_input_key(&in, UI_KEY_WORD_RIGHT);
    holds(&in, "user.name: ivy", 4, "Ctrl-Right goes over a word");
    ui_input_key(&in, UI_CTRL('K'));
    holds(&in, "user", 4, "Ctrl-K cuts what follows");
    ui_input_key(&in, UI_CTRL('U'));
    holds(&in, "", 0, "Ctrl-U cuts what stands before");
    ui_input_key(&in, UI_KEY_BACKSPACE);
    ui_input_key(&in, UI_KEY_DELETE);
    ui_input_key(&in, UI_KEY_LEFT);
    ui_input_key(&in, UI_KEY_RIGHT);
    holds(&in, "", 0, "nothing to delete, nowhere to go");
    type(&in, "\xe6\xbc\xa2"
              "e\xcc\x81"
              "x");
    ui_input_key(&in, UI_KEY_LEFT);
    ui_input_key(&in, UI_KEY_LEFT);
    holds(&in,
          "\xe6\xbc\xa2"
          "e\xcc\x81"
          "x",
          3, "left goes over a character with its accent");
    ui_input_key(&in, UI_KEY_DELETE);
    holds(&in,
          "\xe6\xbc\xa2"
          "x",
          3, "and delete takes both");
    ui_input_key(&in, UI_KEY_BACKSPACE);
    holds(&in, "x", 0, "backspace takes a wide character whole");
    ui_input_set(&in, TH_STR("a\nb\tc\x1b[2J"));
    holds(&in, "a b c [2J", 9, "controls become blanks");
    ui_input_replace(&in, 2, 3, TH_STR("BB"));
    holds(&in, "a BB c [2J", 4, "replacing puts the cursor behind");
    tap_is_int(ui_input_key(&in, UI_KEY_F1), UI_INPUT_IGNORED, "a key that edits nothing");
    ui_input_fini(&in);
}

static void test_history(void)
{
    struct ui_input in;
    ui_input_init(&in);
    ui_input_remember(&in, TH_STR("one"));
    ui_input_remember(&in, TH_STR("two"));
    ui_input_remember(&in, TH_STR("one"));
    tap_is_int((int64_t)in.history_n, 2, "a repeat moves up");
    tap_is_str(in.history[0], "one", "the newest first");
    type(&in, "typed");
    tap_ok(ui_input_walk(&in, 1), "back in history");
    holds(&in, "one", 3, "the newest");
    ui_input_walk(&in, 1);
    holds(&in, "two", 3, "the one before");
    tap_ok(!ui_input_walk(&in, 1), "no further back");
    ui_input_walk(&in, -1);
    ui_input_walk(&in, -1);
    holds(&in, "typed", 5, "and what was typed is still there");
    for (int i = 0; i < 500; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d", i);
        ui_input_remember(&in, th_str_of(text));
    }
    tap_is_int((int64_t)in.history_n, 200, "history is bounded");
    ui_input_fini(&in);
}

static void test_limits(void)
{
    struct ui_input in;
    ui_input_init(&in);
    char *much = malloc(UI_INPUT_MAX + 100);
    if (much == NULL)
        abort();
    memset(much, 'x', UI_INPUT_MAX + 100);
    ui_input_set(&in, (struct th_str){much, UI_INPUT_MAX + 100});
    tap_is_int((int64_t)in.text.n, UI_INPUT_MAX, "a line is bounded");
    tap_ok(!ui_input_insert(&in, TH_STR("y")), "and takes no more");
    free(much);
    ui_input_fini(&in);
    unsigned seed = 12345, bad = 0;
    ui_input_init(&in);
    for (int i = 0; i < 20000; i++) {
        seed = seed * 1103515245u + 12345u;
        int code = (int)(seed >> 8 & 0x3ff);
        ui_input_key(&in, code < 600 ? code : UI_KEY_BASE + code % 20);
        bad += in.at > in.text.n || !th_utf8_valid(th_str_sub(th_buf_str(&in.text), 0, in.at));
    }
    tap_ok(bad == 0, "20,000 random keys: the cursor is always on a character");
    ui_input_fini(&in);
}

/* ---- the tree ---- */

static void test_tree(void)
{
    struct ui_tree tree = {0};
    struct th_err err = {0};
    struct th_buf path = TH_BUF_INIT;
    uint32_t found = 0;
    static const char json[] =
        "{\"a\":1,\"b\":{\"c\":[true,\"x\\u00e9\",{\"d\":null}],\"e\":{}},\"f\":\"Needle\"}";
    tap_ok(ui_tree_build(&tree, TH_STR(json), 99, &err) == TH_OK, "a record becomes a tree");
    tap_is_int((int64_t)tree.n, 10, "a node for each value");
    tap_is_int((int64_t)tree.visible_n, 10, "all of them visible");
    tap_is_int(tree.nodes[2].kids, 2, "b has two members");
    tree.nodes[2].folded = true;
    ui_tree_refresh(&tree);
    tap_is_int((int64_t)tree.visible_n, 4, "folding hides what is inside");
    ui_tree_path(&tree, 7, &path);
    tap_is_str(th_buf_cstr(&path), "b.c.d", "a path leaves array positions out");
    th_buf_reset(&path);
    ui_tree_path(&tree, 0, &path);
    tap_is_str(th_buf_cstr(&path), "", "the root has no path");
    tap_ok(ui_tree_search(&tree, 0, 1, TH_STR("needle"), &found) && found == 9,
           "search ignores case");
    tap_ok(ui_tree_search(&tree, 9, 1, TH_STR("d"), &found) && found == 7 && tree.visible_n == 10,
           "search goes round and unfolds the way");
    tap_ok(ui_tree_search(&tree, 7, -1, TH_STR("\xc3\xa9"), &found) && found == 5,
           "search sees what escapes mean, backwards");
    tap_ok(!ui_tree_search(&tree, 0, 1, TH_STR("absent"), &found),
           "what is not there is not found");
    tap_ok(ui_tree_build(&tree, TH_STR("{\"a\":"), 99, &err) == TH_E_JSON && tree.n == 0,
           "a broken text is an error and no tree");
    th_err_clear(&err);
    tap_ok(ui_tree_build(&tree, TH_STR("\"just text\""), 99, &err) == TH_OK && tree.visible_n == 1,
           "a lone value is a tree of one");
    tap_ok(ui_tree_build(&tree, TH_STR(json), 1, &err) == TH_OK && tree.visible_n == 6,
           "deep objects begin folded");
    ui_tree_fini(&tree);
    th_buf_fini(&path);
    struct th_buf big = TH_BUF_INIT;
    th_buf_putc(&big, '[');
    for (int i = 0; i < UI_TREE_NODES_MAX + 10; i++)
        th_buf_puts(&big, i == 0 ? "1" : ",1");
    th_buf_putc(&big, ']');
    tap_ok(ui_tree_build(&tree, th_buf_str(&big), 99, &err) == TH_OK && tree.cut &&
               tree.n == UI_TREE_NODES_MAX,
           "a huge record is cut, and known to be");
    ui_tree_fini(&tree);
    th_buf_fini(&big);
}

int main(void)
{
    test_editing();
    test_history();
    test_limits();
    test_tree();
    return tap_done();
}
