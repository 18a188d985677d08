/* Makes writes and syncs below one directory slow or fail, as a page that a test shares tells.
   Preloaded into a server; see DiskShim. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

struct orders {
    volatile uint32_t fail_sync;
    volatile uint32_t fail_write;
    volatile uint32_t slow_sync_ms;
};

static struct orders *orders;
static const char *directory;

__attribute__((constructor)) static void begin(void) {
    const char *file = getenv("DISK_SHIM_ORDERS");
    directory = getenv("DISK_SHIM_DIRECTORY");
    if (file == NULL || directory == NULL) return;
    int fd = open(file, O_RDONLY);
    if (fd < 0) return;
    void *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (page != MAP_FAILED) orders = page;
}

static int concerns(int fd) {
    char link[64];
    char path[4096];
    char *end = link + sizeof(link) - 1;
    *end = 0;
    do {
        *--end = (char) ('0' + fd % 10);
        fd /= 10;
    } while (fd > 0);
    end -= 14;
    memcpy(end, "/proc/self/fd/", 14);
    ssize_t length = readlink(end, path, sizeof(path) - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return strncmp(path, directory, strlen(directory)) == 0;
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type(*)(__VA_ARGS__)) dlsym(RTLD_NEXT, name)

static int sync_fails(int fd) {
    if (orders == NULL || (orders->fail_sync == 0 && orders->slow_sync_ms == 0)) return 0;
    if (!concerns(fd)) return 0;
    if (orders->slow_sync_ms != 0) usleep(orders->slow_sync_ms * 1000);
    if (orders->fail_sync == 0) return 0;
    errno = EIO;
    return 1;
}

static int write_fails(int fd) {
    if (orders == NULL || orders->fail_write == 0 || !concerns(fd)) return 0;
    errno = EIO;
    return 1;
}

int fsync(int fd) {
    REAL(int, "fsync", int);
    return sync_fails(fd) ? -1 : real(fd);
}

int fdatasync(int fd) {
    REAL(int, "fdatasync", int);
    return sync_fails(fd) ? -1 : real(fd);
}

ssize_t write(int fd, const void *bytes, size_t count) {
    REAL(ssize_t, "write", int, const void *, size_t);
    return write_fails(fd) ? -1 : real(fd, bytes, count);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    return write_fails(fd) ? -1 : real(fd, parts, count);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    return write_fails(fd) ? -1 : real(fd, bytes, count, at);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
    REAL(ssize_t, "pwritev64", int, const struct iovec *, int, off64_t);
    return write_fails(fd) ? -1 : real(fd, parts, count, at);
}
