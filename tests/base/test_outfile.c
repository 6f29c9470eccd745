/* Files that are written for the user: plain ones beside and renamed, links followed, everything
 * else written as it is. */
#include "base/outfile.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/tap.h"

static char folder[] = "/tmp/test_outfile_XXXXXX";

static void make(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
    chmod(path, mode);
}

/* What is in a file; "(none)" when there is none. */
static const char *content(const char *path)
{
    static char text[256];
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return "(none)";
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static mode_t type_of(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 ? st.st_mode & S_IFMT : 0;
}

static mode_t mode_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? st.st_mode & 07777 : 0;
}

static int is_unfinished(const struct dirent *entry)
{
    return strncmp(entry->d_name, ".trailhound-", 12) == 0;
}

static bool nothing_beside(void)
{
    struct dirent **entries;
    return scandir(".", &entries, is_unfinished, NULL) == 0 &&
           scandir("sub", &entries, is_unfinished, NULL) == 0;
}

static enum th_code put(const char *path, const char *text, struct th_err *err)
{
    th_outfile *file;
    th_err_clear(err);
    enum th_code rc = th_outfile_open(path, false, &file, err);
    if (rc != TH_OK)
        return rc;
    fputs(text, th_outfile_stream(file));
    return th_outfile_commit(file, err);
}

static void test_plain(void)
{
    struct th_err err;
    th_outfile *file;
    mode_t before = umask(0);
    tap_is_int(put("new", "one\n", &err), TH_OK, "a new file");
    tap_is_str(content("new"), "one\n", "has what was written");
    tap_is_int(mode_of("new"), 0600, "and is its owner's alone");
    umask(0277);
    tap_is_int(put("masked", "one\n", &err), TH_OK, "a new file under a umask");
    tap_is_int(mode_of("masked"), 0400, "has what the umask leaves");
    umask(before);
    make("old", "old\n", 0640);
    tap_is_int(th_outfile_open("old", false, &file, &err), TH_OK, "an older file");
    fputs("new\n", th_outfile_stream(file));
    fflush(th_outfile_stream(file));
    tap_is_str(content("old"), "old\n", "is as it was while it is written");
    tap_is_int(th_outfile_commit(file, &err), TH_OK, "is replaced");
    tap_is_str(content("old"), "new\n", "as a whole");
    tap_is_int(mode_of("old"), 0640, "and keeps its mode");
    tap_is_int(th_outfile_open("old", false, &file, &err), TH_OK, "the same, given up");
    fputs("worse\n", th_outfile_stream(file));
    th_outfile_abandon(file);
    tap_is_str(content("old"), "new\n", "leaves the file");
    tap_is_int(th_outfile_open("never", false, &file, &err), TH_OK, "a new one, given up");
    th_outfile_abandon(file);
    tap_is_str(content("never"), "(none)", "is not there");
    th_outfile_abandon(NULL);
    tap_ok(nothing_beside(), "nothing is left beside");
}

static void test_owner(void)
{
    struct th_err err;
    struct stat st;
    make("theirs", "old\n", 0600);
    if (chown("theirs", 1234, 4321) != 0) {
        tap_skip("an older file keeps its owner", "only root can give files away");
        return;
    }
    tap_is_int(put("theirs", "new\n", &err), TH_OK, "somebody else's file");
    tap_ok(stat("theirs", &st) == 0 && st.st_uid == 1234 && st.st_gid == 4321, "stays theirs");
}

static void test_links(void)
{
    struct th_err err;
    make("sub/target", "old\n", 0644);
    tap_ok(symlink("target", "sub/link") == 0 && symlink("sub/link", "link") == 0, "two links");
    tap_is_int(put("link", "new\n", &err), TH_OK, "through links");
    tap_ok(type_of("link") == S_IFLNK && type_of("sub/link") == S_IFLNK, "they stay links");
    tap_is_str(content("sub/target"), "new\n", "their target has what was written");
    tap_is_int(mode_of("sub/target"), 0644, "and keeps its mode");
    tap_ok(symlink("sub/made", "dangling") == 0, "a link to nothing");
    tap_is_int(put("dangling", "made\n", &err), TH_OK, "through it");
    tap_ok(type_of("dangling") == S_IFLNK && type_of("sub/made") == S_IFREG, "its target is made");
    tap_is_str(content("sub/made"), "made\n", "with what was written");
    tap_ok(symlink("round", "round") == 0, "a link to itself");
    tap_is_int(put("round", "x", &err), TH_E_IO, "is an error");
    tap_ok(strstr(err.msg, "round: ") == err.msg, "that names it");
    tap_ok(nothing_beside(), "nothing is left beside");
}

static void test_descriptors(void)
{
    struct th_err err;
    char path[64];
    int fd = open("log", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    tap_ok(write(fd, "before\n", 7) == 7, "a file that is open already");
    snprintf(path, sizeof path, "/dev/fd/%d", fd);
    tap_is_int(put(path, "ours\n", &err), TH_OK, "named by its number");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    tap_ok(symlink(path, "number") == 0, "and by a link to that");
    tap_is_int(put("number", "again\n", &err), TH_OK, "is written");
    tap_ok(write(fd, "after\n", 6) == 6, "and goes on");
    close(fd);
    tap_is_str(content("log"), "before\nours\nagain\nafter\n", "behind what was there");
    tap_ok(type_of("log") == S_IFREG, "the file is the same");
    tap_is_int(put("/dev/fd/999", "x", &err), TH_E_IO, "a number that is not open is an error");
    tap_ok(strstr(err.msg, "/dev/fd/999: Bad file descriptor") != NULL, "and named");
}

static void test_fifo(void)
{
    struct th_err err;
    th_outfile *file = NULL;
    int status = -1;
    tap_ok(mkfifo("fifo", 0600) == 0, "a FIFO");
    tap_is_int(put("fifo", "x", &err), TH_E_IO, "that nobody reads is an error");
    tap_is_str(err.msg, "fifo: nobody reads it", "in words");
    pid_t reader = fork();
    if (reader == 0)
        _exit(strcmp(content("fifo"), "through\n") == 0 ? 0 : 1);
    tap_is_int(th_outfile_open("fifo", true, &file, &err), TH_OK, "with a reader");
    if (file != NULL) {
        fputs("through\n", th_outfile_stream(file));
        tap_is_int(th_outfile_commit(file, &err), TH_OK, "it is written");
    }
    waitpid(reader, &status, 0);
    tap_is_int(status, 0, "the reader got it");
    tap_ok(type_of("fifo") == S_IFIFO, "the FIFO is one still");
}

/* Nodes of our own: the system's must not be at risk. */
static void test_devices(void)
{
    struct th_err err;
    bool made = mknod("null", S_IFCHR | 0600, makedev(1, 3)) == 0 &&
                mknod("full", S_IFCHR | 0600, makedev(1, 7)) == 0;
    int fd = made ? open("null", O_WRONLY) : -1;
    if (fd < 0) {
        tap_skip("devices", "no device node can be made and opened here");
        return;
    }
    close(fd);
    tap_is_int(put("null", "x\n", &err), TH_OK, "a device");
    tap_ok(type_of("null") == S_IFCHR, "is one still");
    tap_is_int(put("full", "x\n", &err), TH_E_FULL, "a full one");
    tap_is_str(err.msg, "full: No space left on device", "is told");
    tap_ok(type_of("full") == S_IFCHR, "and is one still");
}

static void test_errors(void)
{
    struct th_err err;
    tap_is_int(put("none/new", "x", &err), TH_E_NOT_FOUND, "a folder that isn't there");
    tap_is_str(err.msg, "none/new: No such file or directory", "is named");
    tap_is_int(put("sub", "x", &err), TH_E_IO, "a folder is no file");
    tap_is_int(put("", "x", &err), TH_E_NOT_FOUND, "nor is an empty name");
    tap_ok(type_of("sub") == S_IFDIR && nothing_beside(), "nothing is left");
}

static int take_away(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

int main(void)
{
    if (mkdtemp(folder) == NULL || chdir(folder) != 0 || mkdir("sub", 0700) != 0)
        return 99;
    test_plain();
    test_owner();
    test_links();
    test_descriptors();
    test_fifo();
    test_devices();
    test_errors();
    tap_is_int(nftw(folder, take_away, 8, FTW_DEPTH | FTW_PHYS), 0, "cleaned up");
    return tap_done();
}
