/*
 * Stands between a process and its files, by LD_PRELOAD: numbers every change to a file below one
 * folder, and at a chosen number kills the process group, or fails the call. Optionally logs all
 * changes with their bytes, so that the disk can be put together as a power loss would leave it.
 *
 * TORTURE_CONTROL  a file that holds a `struct control`, shared by all processes of a run, and by runs
 *                  one after the other: whoever wrote it may change it between two runs
 * TORTURE_LOG      where changes are logged; may be missing
 *
 * A log record is a line `kind inode offset length path`, then `length` bytes for a write.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_FD 4096

/* Written by stage.ts, field by field. Numbers of changes begin with 1; 0: never. */
struct control {
  volatile int64_t counter; /* the number of the last change */
  int64_t kill_at;          /* the change that does not happen any more; `torn`: half of it does */
  int64_t fail_at;          /* the change that fails; `fail_on`: and all after it */
  int64_t meddle_at;        /* the change before which `command` is run, and waited for; `$0` is its how-manieth time */
  int64_t meddle_times;     /* how often it is run, */
  int64_t meddle_gap;       /* and so many changes later again */
  int64_t delay_us;         /* how long every change takes at least */
  int32_t fail_errno, fail_on, torn, short_write; /* `short_write`: half is written, and that is said */
  char folder[PATH_MAX];    /* only files below it count; the wal-index (-shm) does not, it is never durable */
  char command[2 * PATH_MAX];
};

static struct control *control;
static int log_fd = -1;
static unsigned char watched[MAX_FD];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static int (*real_open)(const char *, int, ...);
static int (*real_openat)(int, const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_unlink)(const char *);
static int (*real_rename)(const char *, const char *);
static int (*real_mkdir)(const char *, mode_t);

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
  real_open = next("open");
  real_openat = next("openat");
  real_close = next("close");
  real_write = next("write");
  real_pwrite = next("pwrite");
  real_ftruncate = next("ftruncate");
  real_fsync = next("fsync");
  real_fdatasync = next("fdatasync");
  real_unlink = next("unlink");
  real_rename = next("rename");
  real_mkdir = next("mkdir");
  const char *shared = getenv("TORTURE_CONTROL");
  if (shared == NULL) return;
  int fd = real_open(shared, O_RDWR);
  if (fd < 0) return;
  void *memory = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  real_close(fd);
  if (memory == MAP_FAILED) return;
  control = memory;
  const char *log = getenv("TORTURE_LOG");
  if (log != NULL) log_fd = real_open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static int is_watched_path(const char *path) {
  if (control == NULL || control->folder[0] == 0 || path == NULL) return 0;
  if (strncmp(path, control->folder, strlen(control->folder)) != 0) return 0;
  size_t length = strlen(path);
  return length < 4 || strcmp(path + length - 4, "-shm") != 0;
}

static int is_watched(int fd) { return fd >= 0 && fd < MAX_FD && watched[fd]; }

static uint64_t inode_of(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 ? (uint64_t)status.st_ino : 0;
}

static void record(const char *kind, uint64_t inode, int64_t offset, size_t length,
                   const char *path, const void *bytes) {
  if (log_fd < 0) return;
  char line[PATH_MAX * 2 + 128];
  int size = snprintf(line, sizeof line, "%s %llu %lld %zu %s\n", kind,
                      (unsigned long long)inode, (long long)offset, length, path);
  struct iovec parts[2] = {{line, (size_t)size}, {(void *)bytes, length}};
  ssize_t written = writev(log_fd, parts, bytes == NULL ? 1 : 2);
  (void)written;
}

/* A change that came to nothing has a number all the same. */
static void record_nothing(void) {
  int kept = errno;
  record("none", 0, 0, 0, "-", NULL);
  errno = kept;
}

extern char **environ;

/* Somebody else does something in between, in a process that the shim knows nothing of. */
static void meddle(int64_t time) {
  int kept = errno;
  char text[24];
  snprintf(text, sizeof text, "%lld", (long long)time);
  char *arguments[] = {"sh", "-c", control->command, text, NULL};
  size_t count = 0, used = 0;
  while (environ[count] != NULL) count++;
  char **clean = calloc(count + 1, sizeof *clean);
  for (size_t at = 0; clean != NULL && at < count; at++) {
    if (strncmp(environ[at], "LD_PRELOAD=", 11) != 0 && strncmp(environ[at], "TORTURE_", 8) != 0)
      clean[used++] = environ[at];
  }
  pid_t child;
  int status;
  if (clean != NULL &&
      posix_spawn(&child, "/bin/sh", NULL, NULL, arguments, clean) == 0)
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  free(clean);
  errno = kept;
}

/* What is to become of the next change. */
enum fate { GO_ON, FAIL, TEAR };

/* Gives the change its number. Does not come back where the process is to die before it. */
static enum fate next_change(int is_write) {
  int64_t number = __atomic_add_fetch(&control->counter, 1, __ATOMIC_SEQ_CST);
  int64_t kill_at = control->kill_at, fail_at = control->fail_at;
  if (control->delay_us > 0) usleep((useconds_t)control->delay_us);
  if (kill_at > 0 && number >= kill_at) {
    if (control->torn && is_write && number == kill_at) return TEAR;
    kill(0, SIGKILL);
    for (;;) pause();
  }
  int64_t since = number - control->meddle_at, gap = control->meddle_gap;
  if (control->meddle_at > 0 && since >= 0 && gap > 0 && since % gap == 0 &&
      since / gap < control->meddle_times)
    meddle(since / gap);
  if (fail_at > 0 && (number == fail_at || (control->fail_on && number > fail_at))) return FAIL;
  return GO_ON;
}

static void die(void) {
  kill(0, SIGKILL);
  for (;;) pause();
}

static int opened(int fd, const char *path, int flags, int existed) {
  if (fd < 0) return fd;
  if (fd < MAX_FD) watched[fd] = (unsigned char)is_watched_path(path);
  if (is_watched(fd) && (flags & O_CREAT) != 0 && !existed) {
    record("create", inode_of(fd), 0, 0, path, NULL);
    return fd;
  }
  return fd;
}

/* Opening a file for what it no longer holds changes it. */
static int truncated(int at, const char *path, int flags, mode_t mode) {
  pthread_mutex_lock(&mutex);
  int fd = -1;
  if (next_change(0) == FAIL) errno = control->fail_errno;
  else if ((fd = opened(real_openat(at, path, flags, mode), path, flags, 1)) < 0) record_nothing();
  else record("truncate", inode_of(fd), 0, 0, path, NULL);
  int kept = errno;
  pthread_mutex_unlock(&mutex);
  errno = kept;
  return fd;
}

static int open_any(int at, const char *path, int flags, mode_t mode) {
  int creates = (flags & O_CREAT) != 0 && is_watched_path(path);
  int existed = creates && access(path, F_OK) == 0;
  if ((flags & O_TRUNC) != 0 && existed) return truncated(at, path, flags, mode);
  if (!creates || existed) return opened(real_openat(at, path, flags, mode), path, flags, 1);
  pthread_mutex_lock(&mutex);
  int fd = -1;
  if (next_change(0) == FAIL) errno = control->fail_errno;
  else if ((fd = opened(real_openat(at, path, flags, mode), path, flags, 0)) < 0) record_nothing();
  pthread_mutex_unlock(&mutex);
  return fd;
}

#define MODE_OF(flags)                         \
  mode_t mode = 0;                             \
  if (((flags) & (O_CREAT | O_TMPFILE)) != 0) { \
    va_list list;                              \
    va_start(list, flags);                     \
    mode = va_arg(list, mode_t);               \
    va_end(list);                              \
  }

int open(const char *path, int flags, ...) {
  MODE_OF(flags)
  return open_any(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  MODE_OF(flags)
  return open_any(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

int close(int fd) {
  if (fd >= 0 && fd < MAX_FD) watched[fd] = 0;
  return real_close(fd);
}

/* `offset` below 0: where the file stands. */
static ssize_t put(int fd, const void *bytes, size_t length, off_t offset) {
  if (offset < 0) return real_write(fd, bytes, length);
  return real_pwrite(fd, bytes, length, offset);
}

static ssize_t write_any(int fd, const void *bytes, size_t length, off_t offset) {
  if (!is_watched(fd)) return put(fd, bytes, length, offset);
  pthread_mutex_lock(&mutex);
  off_t place = offset < 0 ? lseek(fd, 0, SEEK_CUR) : offset;
  ssize_t written = -1;
  enum fate fate = next_change(1);
  if (fate == FAIL && !(control->short_write && length > 1)) {
    errno = control->fail_errno;
  } else {
    size_t wanted = fate == GO_ON ? length : length / 2;
    written = put(fd, bytes, wanted, offset);
    if (written > 0) record("write", inode_of(fd), place, (size_t)written, "-", bytes);
    else record_nothing();
    if (fate == TEAR) die();
  }
  int kept = errno;
  pthread_mutex_unlock(&mutex);
  errno = kept;
  return written;
}

ssize_t write(int fd, const void *bytes, size_t length) { return write_any(fd, bytes, length, -1); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  return write_any(fd, bytes, length, offset);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  return write_any(fd, bytes, length, (off_t)offset);
}

/* A change that happens or fails as a whole. */
#define CHANGE(is_counted, result, call, ...)     \
  if (!(is_counted)) return call;                 \
  pthread_mutex_lock(&mutex);                     \
  int result = -1;                                \
  if (next_change(0) == FAIL) errno = control->fail_errno; \
  else if ((result = call) == 0) record(__VA_ARGS__); \
  else record_nothing();                          \
  int kept = errno;                               \
  pthread_mutex_unlock(&mutex);                   \
  errno = kept;                                   \
  return result;

int ftruncate(int fd, off_t size) {
  CHANGE(is_watched(fd), result, real_ftruncate(fd, size), "truncate", inode_of(fd), size, 0, "-", NULL)
}
int ftruncate64(int fd, off64_t size) { return ftruncate(fd, (off_t)size); }
int fsync(int fd) {
  CHANGE(is_watched(fd), result, real_fsync(fd), "sync", inode_of(fd), 0, 0, "-", NULL)
}
int fdatasync(int fd) {
  CHANGE(is_watched(fd), result, real_fdatasync(fd), "sync", inode_of(fd), 0, 0, "-", NULL)
}
int unlink(const char *path) {
  CHANGE(is_watched_path(path), result, real_unlink(path), "unlink", 0, 0, 0, path, NULL)
}
static uint64_t inode_at(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 ? (uint64_t)status.st_ino : 0;
}

int mkdir(const char *path, mode_t mode) {
  CHANGE(is_watched_path(path), result, real_mkdir(path, mode), "mkdir", inode_at(path), 0, 0, path, NULL)
}
int rename(const char *from, const char *to) {
  char both[PATH_MAX * 2];
  snprintf(both, sizeof both, "%s\t%s", from, to);
  CHANGE(is_watched_path(from) || is_watched_path(to), result, real_rename(from, to), "rename", 0,
         0, 0, both, NULL)
}
