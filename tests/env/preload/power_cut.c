/* A layer below a process that remembers what a power cut would lose. Preloaded (LD_PRELOAD), it does every write for
 * real and first notes in an undo log what stood there before; an fsync or fdatasync empties the log of its file. Once
 * all processes are gone, tests/src/faults/power_cut.rs applies the logs: the disk as it could be after the cut.
 *
 * Environment: POWER_CUT_ROOT, the folder whose files are watched; POWER_CUT_LOG, the folder of the logs.
 * A log is LOG/DEVICE-INODE, a row of records: struct record, the old bytes, the new bytes. A lock on it is held from
 * before the note to after the write, and across the whole of an fsync, so that a write is either before or after one.
 *
 * Not modelled: files that are made, renamed and removed (all of that is durable at once), writes through mmap, and
 * copy_file_range. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE = 1, RESIZE = 2, DURABLE_WRITE = 3 };

struct record {
    uint64_t kind, offset, old_bytes, new_bytes, old_size, new_size;
};

static char root[PATH_MAX], logs[PATH_MAX];

__attribute__((constructor)) static void start(void) {
    const char *r = getenv("POWER_CUT_ROOT"), *l = getenv("POWER_CUT_LOG");
    if (r && l) {
        snprintf(root, sizeof root, "%s/", r);
        snprintf(logs, sizeof logs, "%s", l);
    }
}

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    return found;
}

static void log_path(char *path, const struct stat *st) {
    snprintf(path, PATH_MAX + 64, "%s/%llu-%llu", logs, (unsigned long long)st->st_dev, (unsigned long long)st->st_ino);
}

static int is_below_root(const char *path) { return root[0] && strncmp(path, root, strlen(root)) == 0; }

/* The log of an open file, locked; -1 if it is none of ours. A file without a name can't be found after a cut. */
static int lock_log(int fd, struct stat *st) {
    char link[64], path[PATH_MAX], log[PATH_MAX + 64];
    if (!root[0] || fstat(fd, st) != 0 || !S_ISREG(st->st_mode) || st->st_nlink == 0) return -1;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return -1;
    path[length] = 0;
    if (!is_below_root(path)) return -1;
    log_path(log, st);
    int file = (int)syscall(SYS_openat, AT_FDCWD, log, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file < 0) abort();
    while (flock(file, LOCK_EX) != 0)
        if (errno != EINTR) abort();
    if (fstat(fd, st) != 0) abort();
    return file;
}

static void unlock_log(int log) {
    int kept = errno;
    if (log >= 0) syscall(SYS_close, log);
    errno = kept;
}

static void put(int log, const void *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = syscall(SYS_write, log, bytes, length);
        if (written <= 0) abort();
        bytes = (const char *)bytes + written;
        length -= (size_t)written;
    }
}

/* Notes what stands at a place: by another descriptor, for this one may be for writing only. */
static void note(int fd, int log, const struct record *record, const void *bytes) {
    char link[64], *old = record->old_bytes ? malloc(record->old_bytes) : NULL;
    put(log, record, sizeof *record);
    if (old) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        int reader = (int)syscall(SYS_openat, AT_FDCWD, link, O_RDONLY | O_CLOEXEC);
        size_t done = 0;
        while (done < record->old_bytes) {
            ssize_t got = syscall(SYS_pread64, reader, old + done, record->old_bytes - done, record->offset + done);
            if (got <= 0) abort();
            done += (size_t)got;
        }
        syscall(SYS_close, reader);
        put(log, old, record->old_bytes);
        free(old);
    }
    put(log, bytes, record->new_bytes);
}

/* Notes a write that comes; answers the lock. */
static int before_write(int fd, const struct iovec *parts, int count, off_t offset, int positioned) {
    struct stat st;
    int log = lock_log(fd, &st);
    if (log < 0) return log;
    int flags = fcntl(fd, F_GETFL);
    if (flags & O_APPEND) offset = st.st_size;
    else if (!positioned) offset = lseek(fd, 0, SEEK_CUR);
    size_t length = 0;
    for (int i = 0; i < count; i++) length += parts[i].iov_len;
    char *bytes = malloc(length + 1);
    if (!bytes) abort();
    size_t at = 0;
    for (int i = 0; i < count; i++) {
        memcpy(bytes + at, parts[i].iov_base, parts[i].iov_len);
        at += parts[i].iov_len;
    }
    uint64_t size = (uint64_t)st.st_size, from = (uint64_t)offset, end = from + length;
    uint64_t old = from >= size ? 0 : (end < size ? end : size) - from;
    struct record record = {flags & O_DSYNC ? DURABLE_WRITE : WRITE, from, old, length, size, end > size ? end : size};
    note(fd, log, &record, bytes);
    free(bytes);
    return log;
}

static int before_resize(int fd, uint64_t size) {
    struct stat st;
    int log = lock_log(fd, &st);
    if (log < 0) return log;
    uint64_t now = (uint64_t)st.st_size;
    struct record record = {RESIZE, size, size < now ? now - size : 0, 0, now, size};
    note(fd, log, &record, "");
    return log;
}

/* A lock that is given back whatever way the call ends. */
#define WITH(log, call)            \
    do {                           \
        int lock = (log);          \
        __typeof__(call) got = call; \
        unlock_log(lock);          \
        return got;                \
    } while (0)

ssize_t write(int fd, const void *bytes, size_t length) {
    struct iovec part = {(void *)bytes, length};
    WITH(before_write(fd, &part, 1, 0, 0), REAL(write)(fd, bytes, length));
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
    WITH(before_write(fd, parts, count, 0, 0), REAL(writev)(fd, parts, count));
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    struct iovec part = {(void *)bytes, length};
    WITH(before_write(fd, &part, 1, offset, 1), REAL(pwrite)(fd, bytes, length, offset));
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) { return pwrite(fd, bytes, length, offset); }
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
    WITH(before_write(fd, parts, count, offset, 1), REAL(pwritev)(fd, parts, count, offset));
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
    return pwritev(fd, parts, count, offset);
}
ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags) {
    WITH(before_write(fd, parts, count, offset, offset != -1), REAL(pwritev2)(fd, parts, count, offset, flags));
}
int ftruncate(int fd, off_t size) { WITH(before_resize(fd, (uint64_t)size), REAL(ftruncate)(fd, size)); }
int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }

static int before_allocate(int fd, off_t offset, off_t length) {
    struct stat st;
    if (!root[0] || fstat(fd, &st) != 0 || offset + length <= st.st_size) return -1;
    return before_resize(fd, (uint64_t)(offset + length));
}
int fallocate(int fd, int mode, off_t offset, off_t length) {
    WITH(mode == 0 ? before_allocate(fd, offset, length) : -1, REAL(fallocate)(fd, mode, offset, length));
}
int fallocate64(int fd, int mode, off64_t offset, off64_t length) { return fallocate(fd, mode, offset, length); }
int posix_fallocate(int fd, off_t offset, off_t length) {
    WITH(before_allocate(fd, offset, length), REAL(posix_fallocate)(fd, offset, length));
}
int posix_fallocate64(int fd, off64_t offset, off64_t length) { return posix_fallocate(fd, offset, length); }

/* What came before is durable once the real call has returned. */
static int synced(int fd, int (*sync_file)(int)) {
    struct stat st;
    int log = lock_log(fd, &st);
    int result = sync_file(fd);
    int kept = errno;
    if (log >= 0 && result == 0 && syscall(SYS_ftruncate, log, 0) != 0) abort();
    errno = kept;
    unlock_log(log);
    return result;
}
int fsync(int fd) { return synced(fd, REAL(fsync)); }
int fdatasync(int fd) { return synced(fd, REAL(fdatasync)); }

/* A name that goes away: if its file goes too, the number of its inode may come again. */
static void forget(int dir, const char *path) {
    struct stat st;
    char log[PATH_MAX + 64];
    if (!root[0] || fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) || st.st_nlink > 1) return;
    log_path(log, &st);
    syscall(SYS_unlinkat, AT_FDCWD, log, 0);
}
int unlink(const char *path) { forget(AT_FDCWD, path); return REAL(unlink)(path); }
int unlinkat(int dir, const char *path, int flags) { forget(dir, path); return REAL(unlinkat)(dir, path, flags); }
int rename(const char *from, const char *to) { forget(AT_FDCWD, to); return REAL(rename)(from, to); }
int renameat(int a, const char *from, int b, const char *to) { forget(b, to); return REAL(renameat)(a, from, b, to); }
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
    if (!(flags & RENAME_EXCHANGE)) forget(b, to);
    return REAL(renameat2)(a, from, b, to, flags);
}

/* An open that empties a file is taken apart, so that the emptying is noted. */
static int opened(int dir, const char *path, int flags, mode_t mode) {
    int empties = root[0] && (flags & O_TRUNC) && (flags & O_ACCMODE) != O_RDONLY && !(flags & O_EXCL);
    int fd = REAL(openat)(dir, path, empties ? flags & ~O_TRUNC : flags, mode);
    struct stat st;
    if (fd >= 0 && empties && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && ftruncate(fd, 0) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}
#define MODE(flags, mode)                          \
    mode_t mode = 0;                               \
    if ((flags) & (O_CREAT | O_TMPFILE)) {         \
        va_list rest;                              \
        va_start(rest, flags);                     \
        mode = va_arg(rest, mode_t);               \
        va_end(rest);                              \
    }
int open(const char *path, int flags, ...) { MODE(flags, mode) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags, mode) return opened(AT_FDCWD, path, flags, mode); }
int openat(int dir, const char *path, int flags, ...) { MODE(flags, mode) return opened(dir, path, flags, mode); }
int openat64(int dir, const char *path, int flags, ...) { MODE(flags, mode) return opened(dir, path, flags, mode); }
int creat(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return creat(path, mode); }
