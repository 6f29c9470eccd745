/* One terminal at a time, as curses wants it. What a fatal signal needs to give the terminal back
 * (the saved line settings and the byte strings that leave the full screen) is copied into static
 * storage at the start, because a handler may call hardly anything: write, tcsetattr, raise. This
 * is the only file of the program with mutable static state. */
#include "ui/term/term.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/system.h"

/* A quick press and release may arrive as one click. */
#define BUTTON1_ANY                                                                                \
    (BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON1_DOUBLE_CLICKED | BUTTON1_TRIPLE_CLICKED)
#define COPY_MAX (74 * 1024)
/* Right behind KEY_MAX curses numbers what a terminal's description calls keys beyond its own. */
#define CODE_PASTE_BEGIN (KEY_MAX + 2001)
#define CODE_PASTE_END   (KEY_MAX + 2002)
#define CODE_WORD_LEFT   (KEY_MAX + 2003)
#define CODE_WORD_RIGHT  (KEY_MAX + 2004)

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGQUIT};
static const int stop_signals[] = {SIGTERM, SIGHUP, SIGINT};
static const int job_signals[] = {SIGTSTP, SIGCONT};
#define SIGNALS (TH_COUNT(fatal_signals) + TH_COUNT(stop_signals) + TH_COUNT(job_signals))

struct ui_term {
    SCREEN *screen;
    WINDOW *keys; /* a pad: reading keys from stdscr would refresh it */
    FILE *in, *out;
    bool ascii, mouse, quiet;
    int colours;
    enum ui_theme theme;
    struct sigaction before[SIGNALS]; /* what they did */
    sigset_t wait_mask; /* signals blocked while waiting: SIGWINCH is not among them */
    sigset_t old_mask;
};

static struct {
    volatile sig_atomic_t armed;
    volatile sig_atomic_t stopped;
    volatile sig_atomic_t suspend;   /* somebody else wants it stopped, as Ctrl-Z does */
    volatile sig_atomic_t continued; /* it was stopped without being asked */
    int fd_in, fd_out;
    struct termios saved;
    bool has_saved;
    char bytes[512];
    size_t bytes_n;
} rescue;

static void give_back(void)
{
    if (!rescue.armed)
        return;
    rescue.armed = 0;
    ssize_t written = write(rescue.fd_out, rescue.bytes, rescue.bytes_n);
    (void)written;
    if (rescue.has_saved)
        tcsetattr(rescue.fd_in, TCSANOW, &rescue.saved);
}

static void on_fatal(int sig)
{
    give_back();
    signal(sig, SIG_DFL);
    raise(sig);
}

static void on_stop(int sig)
{
    rescue.stopped = sig;
}

static void on_job(int sig)
{
    if (sig == SIGTSTP)
        rescue.suspend = 1;
    else
        rescue.continued = 1;
}

static void on_out_of_memory(size_t wanted)
{
    (void)wanted;
    give_back();
    static const char words[] = "trailhound: out of memory\n";
    ssize_t written = write(STDERR_FILENO, words, sizeof words - 1);
    (void)written;
}

static void rescue_add(const char *bytes)
{
    size_t n = bytes == NULL || bytes == (char *)-1 ? 0 : strlen(bytes);
    if (n > 0 && rescue.bytes_n + n < sizeof rescue.bytes) {
        memcpy(rescue.bytes + rescue.bytes_n, bytes, n);
        rescue.bytes_n += n;
    }
}

static void arm_rescue(const ui_term *term)
{
    rescue.fd_in = fileno(term->in);
    rescue.fd_out = fileno(term->out);
    rescue.bytes_n = 0;
    rescue_add("\033[?1000l\033[?1002l\033[?1006l\033[?2004l");
    rescue_add(exit_attribute_mode);
    rescue_add(cursor_normal);
    rescue_add(keypad_local);
    rescue_add(exit_ca_mode);
    rescue.stopped = rescue.suspend = rescue.continued = 0;
    rescue.armed = 1;
}

/* The i-th of all signals that are caught, and what catches it. */
static int signal_at(size_t i, void (**handler)(int))
{
    size_t fatal = TH_COUNT(fatal_signals), stop = TH_COUNT(stop_signals);
    *handler = i < fatal ? on_fatal : i < fatal + stop ? on_stop : on_job;
    return i < fatal          ? fatal_signals[i]
           : i < fatal + stop ? stop_signals[i - fatal]
                              : job_signals[i - fatal - stop];
}

static void install_handlers(ui_term *term)
{
    for (size_t i = 0; i < SIGNALS; i++) {
        struct sigaction action = {.sa_flags = 0};
        int sig = signal_at(i, &action.sa_handler);
        sigemptyset(&action.sa_mask);
        sigaction(sig, &action, &term->before[i]);
    }
    th_oom_set_hook(on_out_of_memory);
    atexit(give_back);
}

static void setup_colours(ui_term *term)
{
    term->colours = 0;
    if (term->theme == UI_THEME_AUTO)
        term->theme = ui_theme_guess(getenv("COLORFGBG"), getenv("NO_COLOR"));
    if (term->theme == UI_THEME_MONO || !has_colors() || start_color() == ERR || COLORS < 8)
        return;
    term->colours = COLORS >= 256 ? 256 : 8;
    use_default_colors();
    for (int i = 0; i < UI_ROLE_COUNT; i++) {
        struct ui_look look = ui_theme_look((enum ui_role)i, term->theme, term->colours);
        /* Pair i + 1 belongs to role i even where two roles look alike: a dump of the screen can
         * tell them apart. */
        init_pair((short)(i + 1), (short)look.fg, (short)look.bg);
    }
}

static void setup_screen(ui_term *term)
{
    raw();
    noecho();
    nonl();
    set_escdelay(25);
    curs_set(0);
    term->keys = newpad(1, 1);
    keypad(term->keys, TRUE);
    nodelay(term->keys, TRUE);
    define_key("\033[200~", CODE_PASTE_BEGIN);
    define_key("\033[201~", CODE_PASTE_END);
    define_key("\033[1;5D", CODE_WORD_LEFT);
    define_key("\033[1;5C", CODE_WORD_RIGHT);
    /* Which of the two a terminal sends for an arrow is a mode of it, that not every one keeps. */
    static const struct {
        const char *bytes;
        int code;
    } both[] = {
        {"\033[A", KEY_UP},    {"\033OA", KEY_UP},    {"\033[B", KEY_DOWN}, {"\033OB", KEY_DOWN},
        {"\033[C", KEY_RIGHT}, {"\033OC", KEY_RIGHT}, {"\033[D", KEY_LEFT}, {"\033OD", KEY_LEFT},
        {"\033[H", KEY_HOME},  {"\033OH", KEY_HOME},  {"\033[F", KEY_END},  {"\033OF", KEY_END},
        {"\033[1~", KEY_HOME}, {"\033[4~", KEY_END},
    };
    for (size_t i = 0; i < TH_COUNT(both); i++)
        if (key_defined(both[i].bytes) == 0)
            define_key(both[i].bytes, both[i].code);
    setup_colours(term);
}

static void say(ui_term *term, const char *bytes)
{
    if (term->quiet)
        return;
    fputs(bytes, term->out);
    fflush(term->out);
}

static enum th_code unfit(const char *type, struct th_err *err)
{
    return th_err_set(
        err, TH_E_IO,
        "the terminal type '%s' is not known here or can't show full screens; set TERM",
        type == NULL ? "" : type);
}

enum th_code ui_term_can(const char *type, struct th_err *err)
{
    int status;
    if (type == NULL)
        type = getenv("TERM");
    if (type == NULL || type[0] == '\0' || setupterm(type, STDOUT_FILENO, &status) != OK)
        return unfit(type, err);
    bool moves = cursor_address != NULL;
    (void)del_curterm(cur_term);
    return moves ? TH_OK : unfit(type, err);
}

enum th_code ui_term_open(const struct ui_term_config *config, ui_term **out, struct th_err *err)
{
    ui_term *term = th_xcalloc(1, sizeof *term);
    term->in = config->in == NULL ? stdin : config->in;
    term->out = config->out == NULL ? stdout : config->out;
    term->quiet = config->quiet;
    term->theme = config->theme;
    const char *type = config->type == NULL ? getenv("TERM") : config->type;
    bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    term->ascii = config->ascii || !utf8;
    rescue.has_saved = tcgetattr(fileno(term->in), &rescue.saved) == 0;
    bool named = type != NULL && type[0] != '\0';
    term->screen = named ? newterm(type, term->out, term->in) : NULL;
    if (term->screen != NULL && cursor_address == NULL) {
        endwin();
        delscreen(term->screen);
        term->screen = NULL;
    }
    if (term->screen == NULL) {
        free(term);
        return unfit(type, err);
    }
    set_term(term->screen);
    setup_screen(term);
    sigset_t block;
    sigemptyset(&block);
    sigaddset(&block, SIGWINCH);
    pthread_sigmask(SIG_BLOCK, &block, &term->old_mask);
    term->wait_mask = term->old_mask;
    sigdelset(&term->wait_mask, SIGWINCH);
    if (!term->quiet) {
        arm_rescue(term);
        install_handlers(term);
    }
    say(term, "\033[?2004h");
    if (config->mouse)
        ui_term_mouse(term, true);
    *out = term;
    return TH_OK;
}

void ui_term_close(ui_term *term)
{
    if (term == NULL)
        return;
    ui_term_mouse(term, false);
    say(term, "\033[?2004l");
    delwin(term->keys);
    endwin();
    delscreen(term->screen);
    rescue.armed = 0;
    for (size_t i = 0; !term->quiet && i < SIGNALS; i++) {
        void (*handler)(int);
        sigaction(signal_at(i, &handler), &term->before[i], NULL);
    }
    if (!term->quiet)
        signal(SIGTSTP, SIG_DFL); /* curses had a handler of its own before ours */
    pthread_sigmask(SIG_SETMASK, &term->old_mask, NULL);
    free(term);
}

/* ---- keys ---- */

static const struct translation {
    int from;
    int to;
} translations[] = {
    {KEY_UP, UI_KEY_UP},
    {KEY_DOWN, UI_KEY_DOWN},
    {KEY_LEFT, UI_KEY_LEFT},
    {KEY_RIGHT, UI_KEY_RIGHT},
    {KEY_HOME, UI_KEY_HOME},
    {KEY_END, UI_KEY_END},
    {KEY_PPAGE, UI_KEY_PAGE_UP},
    {KEY_NPAGE, UI_KEY_PAGE_DOWN},
    {KEY_BACKSPACE, UI_KEY_BACKSPACE},
    {KEY_DC, UI_KEY_DELETE},
    {KEY_IC, UI_KEY_INSERT},
    {KEY_BTAB, UI_KEY_BACKTAB},
    {KEY_ENTER, UI_KEY_ENTER},
    {KEY_RESIZE, UI_KEY_RESIZE},
    {CODE_PASTE_BEGIN, UI_KEY_PASTE_BEGIN},
    {CODE_PASTE_END, UI_KEY_PASTE_END},
    {CODE_WORD_LEFT, UI_KEY_WORD_LEFT},
    {CODE_WORD_RIGHT, UI_KEY_WORD_RIGHT},
};

static bool read_mouse(struct ui_key *key)
{
    MEVENT event;
    if (getmouse(&event) == ERR)
        return false;
    key->code = UI_KEY_MOUSE;
    key->y = event.y;
    key->x = event.x;
    if ((event.bstate & BUTTON4_PRESSED) != 0)
        key->mouse = UI_MOUSE_WHEEL_UP;
    else if ((event.bstate & BUTTON5_PRESSED) != 0)
        key->mouse = UI_MOUSE_WHEEL_DOWN;
    else if ((event.bstate & BUTTON1_RELEASED) != 0)
        key->mouse = UI_MOUSE_RELEASE;
    else if ((event.bstate & BUTTON1_ANY) != 0)
        key->mouse = UI_MOUSE_PRESS;
    else
        key->mouse = UI_MOUSE_DRAG;
    return true;
}

static bool translate(int code, struct ui_key *key)
{
    for (size_t i = 0; i < TH_COUNT(translations); i++)
        if (translations[i].from == code) {
            key->code = translations[i].to;
            return true;
        }
    if (code >= KEY_F(1) && code <= KEY_F(12)) {
        key->code = UI_KEY_F1 + code - KEY_F(1);
        return true;
    }
    return code == KEY_MOUSE && read_mouse(key);
}

/* Behind an ESC that begins no key we know: is it one we don't know ("ESC [ 1 ; 6 Q", "ESC O p")?
 * Then all of it is read, for its bytes are no keys of their own. */
static bool skip_sequence(ui_term *term)
{
    wint_t c = 0;
    int rc = wget_wch(term->keys, &c);
    if (rc == ERR)
        return false;
    if (rc == KEY_CODE_YES || (c != '[' && c != 'O')) {
        if (rc == KEY_CODE_YES)
            ungetch((int)c);
        else
            unget_wch((wchar_t)c);
        return false;
    }
    bool csi = c == '[';
    do {
        rc = wget_wch(term->keys, &c);
    } while (rc == OK && csi && c >= 0x20 && c < 0x40);
    if (rc == KEY_CODE_YES)
        ungetch((int)c);
    return true;
}

bool ui_term_key(ui_term *term, struct ui_key *key)
{
    for (;;) {
        wint_t c = 0;
        *key = (struct ui_key){0};
        int rc = wget_wch(term->keys, &c);
        if (rc == ERR)
            return false;
        if (rc == KEY_CODE_YES) {
            if (translate((int)c, key))
                return true;
            continue;
        }
        if (c == 0 || (c == 27 && skip_sequence(term)))
            continue;
        if (c == 127 || c == 8)
            key->code = UI_KEY_BACKSPACE;
        else if (c == '\n')
            key->code = UI_KEY_ENTER;
        else
            key->code = (int)c;
        return true;
    }
}

int ui_term_fd(const ui_term *term)
{
    return fileno(term->in);
}

void ui_term_wait(ui_term *term, int extra, int timeout_ms)
{
    struct pollfd fds[2] = {{.fd = fileno(term->in), .events = POLLIN},
                            {.fd = extra, .events = POLLIN}};
    int ready = th_poll(fds, extra < 0 ? 1 : 2, timeout_ms, &term->wait_mask);
    /* A terminal that went away reads as end of file for ever, and says POLLIN all the time; what
     * was typed before, or a script's pipe holds still, is read first. */
    int left = 0;
    if (ready > 0 && (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0 &&
        (ioctl(fds[0].fd, FIONREAD, &left) != 0 || left == 0))
        rescue.stopped = SIGHUP;
}

int ui_term_stopped(const ui_term *term)
{
    (void)term;
    return rescue.stopped;
}

/* ---- size, modes ---- */

int ui_term_rows(const ui_term *term)
{
    (void)term;
    return LINES;
}

int ui_term_cols(const ui_term *term)
{
    (void)term;
    return COLS;
}

void ui_term_resize(ui_term *term, int rows, int cols)
{
    (void)term;
    resizeterm(rows, cols);
}

bool ui_term_ascii(const ui_term *term)
{
    return term->ascii;
}

int ui_term_colours(const ui_term *term)
{
    return term->colours;
}

void ui_term_set_theme(ui_term *term, enum ui_theme theme)
{
    term->theme = theme;
    setup_colours(term);
    ui_term_redraw(term);
}

enum ui_theme ui_term_theme(const ui_term *term)
{
    return term->theme;
}

void ui_term_redraw(ui_term *term)
{
    (void)term;
    clearok(curscr, TRUE);
}

void ui_term_mouse(ui_term *term, bool on)
{
    if (on == term->mouse)
        return;
    term->mouse = on;
    mmask_t mask = BUTTON1_ANY | BUTTON1_RELEASED | BUTTON4_PRESSED | BUTTON5_PRESSED;
    mousemask(on ? mask | REPORT_MOUSE_POSITION : 0, NULL);
    mouseinterval(0);
    /* 1002: moves are told while a button is held, for brushing. */
    say(term, on ? "\033[?1002h" : "\033[?1002l");
}

bool ui_term_mouse_on(const ui_term *term)
{
    return term->mouse;
}

static void leave(ui_term *term, bool *mouse)
{
    *mouse = term->mouse;
    ui_term_mouse(term, false);
    say(term, "\033[?2004l");
    def_prog_mode();
    endwin();
}

static void come_back(ui_term *term, bool mouse)
{
    rescue.continued = 0;
    reset_prog_mode();
    keypad(term->keys, TRUE); /* told now: else the first key would come in the other mode */
    say(term, "\033[?2004h");
    ui_term_mouse(term, mouse);
    clearok(curscr, TRUE);
    wrefresh(curscr);
}

void ui_term_suspend(ui_term *term)
{
    bool mouse;
    leave(term, &mouse);
    struct sigaction plain = {.sa_handler = SIG_DFL}, old;
    sigemptyset(&plain.sa_mask);
    sigaction(SIGTSTP, &plain, &old);
    kill(0, SIGTSTP);
    sigaction(SIGTSTP, &old, NULL);
    come_back(term, mouse);
}

bool ui_term_jobs(ui_term *term)
{
    if (term->quiet || (!rescue.suspend && !rescue.continued))
        return false;
    bool mouse = term->mouse;
    if (rescue.suspend) {
        rescue.suspend = 0;
        ui_term_suspend(term);
        return true;
    }
    /* Whoever had the terminal meanwhile may have left it in any state. */
    term->mouse = false;
    come_back(term, mouse);
    return true;
}

void ui_term_plain(ui_term *term, struct th_str text)
{
    bool mouse;
    leave(term, &mouse);
    fwrite(text.p, 1, text.n, term->out);
    fputs("\n(Enter goes back to the workbench) ", term->out);
    fflush(term->out);
    char c = 0;
    while (c != '\n' && c != '\r') {
        ssize_t n = read(fileno(term->in), &c, 1);
        if (n == 0 || (n < 0 && errno != EINTR) || rescue.stopped)
            break;
    }
    come_back(term, mouse);
}

bool ui_term_copy(ui_term *term, struct th_str text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (text.n > COPY_MAX)
        return false;
    struct th_buf out = TH_BUF_INIT;
    th_buf_puts(&out, "\033]52;c;");
    for (size_t i = 0; i < text.n; i += 3) {
        unsigned v = (unsigned)(unsigned char)text.p[i] << 16;
        v |= i + 1 < text.n ? (unsigned)(unsigned char)text.p[i + 1] << 8 : 0;
        v |= i + 2 < text.n ? (unsigned)(unsigned char)text.p[i + 2] : 0;
        th_buf_putc(&out, digits[v >> 18 & 63]);
        th_buf_putc(&out, digits[v >> 12 & 63]);
        th_buf_putc(&out, i + 1 < text.n ? digits[v >> 6 & 63] : '=');
        th_buf_putc(&out, i + 2 < text.n ? digits[v & 63] : '=');
    }
    th_buf_putc(&out, '\a');
    if (!term->quiet) {
        fwrite(out.p, 1, out.n, term->out);
        fflush(term->out);
    }
    th_buf_fini(&out);
    return true;
}
