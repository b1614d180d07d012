/*
 * The workloads of scripts/bench mount: tight loops of system calls, timed. Each prints one number, the nanoseconds
 * of wall time per operation.
 *
 *   workloads [-p PROCESSES] [-d DIRECTORIES] [-r REPEATS] NAME ARGUMENT…
 *
 * Sets of small files are COUNT files, spread evenly over DIRECTORIES directories. With PROCESSES at once, each works on
 * files of its own where it changes something, and all on the same files where they only read; the time is that from
 * the moment when all begin to the moment when the last ends, divided by the operations of all.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, SMALL_FILE = 3000, BLOCK = 4096 };

static int processes = 1;
static int directories = 1;
static int repeats = 1;

/* Which of the processes this is, from 0. */
static int me;

static char *buffer;
static size_t buffer_size;

static void fail(const char *what, const char *path) {
    fprintf(stderr, "workloads: %s %s: %s\n", what, path, strerror(errno));
    exit(1);
}

static long number(const char *text) {
    char *end;
    long value = strtol(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value <= 0) {
        fprintf(stderr, "workloads: not a positive number: %s\n", text);
        exit(2);
    }
    return value;
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static uint64_t random_state = 88172645463325252ULL;

static uint64_t next_random(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void allocate(size_t size) {
    buffer = malloc(size);
    buffer_size = size;
    if (buffer == NULL) {
        fail("allocate", "a buffer");
    }
    /* Content that neither compresses nor repeats. */
    for (size_t i = 0; i + 8 <= size; i += 8) {
        uint64_t word = next_random();
        memcpy(buffer + i, &word, 8);
    }
}

static void file_path(char *path, const char *root, const char *kind, long file) {
    snprintf(path, PATH_SIZE, "%s/%03ld/%s%06ld.php", root, file % directories, kind, file);
}

/* The share of this process in a set that is divided among all. */
static long first(long count) { return count * me / processes; }
static long last(long count) { return count * (me + 1) / processes; }

/* ---- loops: each returns the number of operations that this process did */

static long make_directories(char **arguments) {
    char path[PATH_SIZE];
    mkdir(arguments[0], 0777);
    for (long i = 0; i < directories; i++) {
        snprintf(path, sizeof path, "%s/%03ld", arguments[0], i);
        if (mkdir(path, 0777) != 0 && errno != EEXIST) {
            fail("mkdir", path);
        }
    }
    return directories;
}

static long create(char **arguments) {
    long count = number(arguments[1]);
    char path[PATH_SIZE];
    for (long i = first(count); i < last(count); i++) {
        file_path(path, arguments[0], "f", i);
        int file = open(path, O_CREAT | O_EXCL | O_WRONLY, 0666);
        if (file < 0 || close(file) != 0) {
            fail("create", path);
        }
    }
    return last(count) - first(count);
}

static long write_small(char **arguments) {
    long count = number(arguments[1]);
    char path[PATH_SIZE];
    for (long i = first(count); i < last(count); i++) {
        file_path(path, arguments[0], "f", i);
        int file = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0666);
        if (file < 0 || write(file, buffer, SMALL_FILE) != SMALL_FILE || close(file) != 0) {
            fail("write", path);
        }
    }
    return last(count) - first(count);
}

static long stat_all(char **arguments) {
    long count = number(arguments[1]);
    char path[PATH_SIZE];
    struct stat attributes;
    for (int round = 0; round < repeats; round++) {
        for (long i = 0; i < count; i++) {
            file_path(path, arguments[0], "f", i);
            if (stat(path, &attributes) != 0) {
                fail("stat", path);
            }
        }
    }
    return count * repeats;
}

static long misses(char **arguments) {
    long count = number(arguments[1]);
    char path[PATH_SIZE];
    struct stat attributes;
    for (int round = 0; round < repeats; round++) {
        for (long i = 0; i < count; i++) {
            file_path(path, arguments[0], "none", i);
            if (stat(path, &attributes) == 0 || errno != ENOENT) {
                fail("find missing", path);
            }
        }
    }
    return count * repeats;
}

static long open_close(char **arguments) {
    long count = number(arguments[1]);
    char path[PATH_SIZE];
    for (int round = 0; round < repeats; round++) {
        for (long i = 0; i < count; i++) {
            file_path(path, arguments[0], "f", i);
            int file = open(path, O_RDONLY);
            if (file < 0 || close(file) != 0) {
                fail("open", path);
            }
        }
    }
    return count * repeats;
}

/* What PHP does for a file that it includes. */
static long php(char **arguments) {
    long count = number(arguments[1]);
    char path[PATH_SIZE];
    struct stat attributes;
    for (int round = 0; round < repeats; round++) {
        for (long i = 0; i < count; i++) {
            file_path(path, arguments[0], "f", i);
            if (stat(path, &attributes) != 0) {
                fail("stat", path);
            }
            int file = open(path, O_RDONLY);
            if (file < 0 || fstat(file, &attributes) != 0 || read(file, buffer, buffer_size) < 0 || close(file) != 0) {
                fail("read", path);
            }
        }
    }
    return count * repeats;
}

static long rename_all(char **arguments) {
    long count = number(arguments[1]);
    char from[PATH_SIZE];
    char to[PATH_SIZE];
    for (long i = first(count); i < last(count); i++) {
        file_path(from, arguments[0], "f", i);
        file_path(to, arguments[0], "g", i);
        if (rename(from, to) != 0) {
            fail("rename", from);
        }
    }
    return last(count) - first(count);
}

static long unlink_all(char **arguments) {
    long count = number(arguments[1]);
    char path[PATH_SIZE];
    for (long i = first(count); i < last(count); i++) {
        file_path(path, arguments[0], "f", i);
        if (unlink(path) != 0) {
            fail("unlink", path);
        }
    }
    return last(count) - first(count);
}

static long sequential_read(char **arguments) {
    int file = open(arguments[0], O_RDONLY);
    long operations = 0;
    ssize_t got;
    if (file < 0) {
        fail("open", arguments[0]);
    }
    while ((got = read(file, buffer, buffer_size)) > 0) {
        operations++;
    }
    if (got < 0 || close(file) != 0) {
        fail("read", arguments[0]);
    }
    return operations;
}

static void write_file(const char *path, long mebibytes, int to_disk) {
    int file = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0666);
    if (file < 0) {
        fail("open", path);
    }
    for (long i = 0; i < mebibytes; i++) {
        if (write(file, buffer, buffer_size) != (ssize_t)buffer_size) {
            fail("write", path);
        }
    }
    if ((to_disk && fsync(file) != 0) || close(file) != 0) {
        fail("close", path);
    }
}

static long sequential_write(char **arguments) {
    long mebibytes = number(arguments[1]);
    write_file(arguments[0], mebibytes, 0);
    return mebibytes;
}

static long sequential_write_to_disk(char **arguments) {
    long mebibytes = number(arguments[1]);
    write_file(arguments[0], mebibytes, 1);
    return mebibytes;
}

static long random_io(const char *path, long count, int writing) {
    int file = open(path, writing ? O_WRONLY : O_RDONLY);
    struct stat attributes;
    if (file < 0 || fstat(file, &attributes) != 0) {
        fail("open", path);
    }
    uint64_t blocks = (uint64_t)attributes.st_size / BLOCK;
    for (long i = 0; i < count; i++) {
        off_t offset = (off_t)(next_random() % blocks) * BLOCK;
        ssize_t done = writing ? pwrite(file, buffer, BLOCK, offset) : pread(file, buffer, BLOCK, offset);
        if (done != BLOCK) {
            fail(writing ? "write" : "read", path);
        }
    }
    if (close(file) != 0) {
        fail("close", path);
    }
    return count;
}

static long random_read(char **arguments) { return random_io(arguments[0], number(arguments[1]), 0); }

static long random_write(char **arguments) { return random_io(arguments[0], number(arguments[1]), 1); }

static long run(char **arguments) {
    pid_t child = fork();
    int status;
    if (child == 0) {
        int nowhere = open("/dev/null", O_RDWR);
        dup2(nowhere, STDOUT_FILENO);
        execvp(arguments[0], arguments);
        fail("run", arguments[0]);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
        errno = ECHILD;
        fail("run", arguments[0]);
    }
    return 1;
}

struct workload {
    const char *name;
    long (*loop)(char **arguments);
    int arguments;
    size_t buffer_size;
    const char *usage;
};

static const struct workload WORKLOADS[] = {
    {"directories", make_directories, 1, 0, "ROOT"},
    {"create", create, 2, 0, "ROOT COUNT"},
    {"write-small", write_small, 2, SMALL_FILE, "ROOT COUNT"},
    {"stat", stat_all, 2, 0, "ROOT COUNT"},
    {"misses", misses, 2, 0, "ROOT COUNT"},
    {"open-close", open_close, 2, 0, "ROOT COUNT"},
    {"php", php, 2, 8192, "ROOT COUNT"},
    {"rename", rename_all, 2, 0, "ROOT COUNT"},
    {"unlink", unlink_all, 2, 0, "ROOT COUNT"},
    {"sequential-read", sequential_read, 1, 1 << 20, "FILE"},
    {"sequential-write", sequential_write, 2, 1 << 20, "FILE MIB"},
    {"sequential-write-to-disk", sequential_write_to_disk, 2, 1 << 20, "FILE MIB"},
    {"random-read", random_read, 2, BLOCK, "FILE COUNT"},
    {"random-write", random_write, 2, BLOCK, "FILE COUNT"},
    {"run", run, 1, 0, "COMMAND ARGUMENT…"},
};

static const struct workload *find(const char *name) {
    for (size_t i = 0; i < sizeof WORKLOADS / sizeof *WORKLOADS; i++) {
        if (strcmp(WORKLOADS[i].name, name) == 0) {
            return &WORKLOADS[i];
        }
    }
    return NULL;
}

static void usage(void) {
    fprintf(stderr, "usage: workloads [-p PROCESSES] [-d DIRECTORIES] [-r REPEATS] NAME ARGUMENT…\n");
    for (size_t i = 0; i < sizeof WORKLOADS / sizeof *WORKLOADS; i++) {
        fprintf(stderr, "  %s %s\n", WORKLOADS[i].name, WORKLOADS[i].usage);
    }
    exit(2);
}

/* One process of several: waits for the beginning, works, and tells how much it did. */
static void take_part(const struct workload *workload, char **arguments, int begin, int results) {
    char go;
    random_state += (uint64_t)me * 0x9E3779B97F4A7C15ULL;
    if (read(begin, &go, 1) != 0) {
        fail("wait for", "the beginning");
    }
    long done = workload->loop(arguments);
    if (write(results, &done, sizeof done) != sizeof done) {
        fail("tell", "the result");
    }
    exit(0);
}

static double measure_together(const struct workload *workload, char **arguments) {
    int begin[2];
    int results[2];
    if (pipe(begin) != 0 || pipe(results) != 0) {
        fail("make", "a pipe");
    }
    for (int i = 0; i < processes; i++) {
        pid_t child = fork();
        if (child < 0) {
            fail("fork", workload->name);
        }
        if (child == 0) {
            me = i;
            close(begin[1]);
            close(results[0]);
            take_part(workload, arguments, begin[0], results[1]);
        }
    }
    close(begin[0]);
    close(results[1]);
    /* They begin when the last end of the pipe that could write is closed. */
    usleep(20000);
    int64_t started = now();
    close(begin[1]);
    long total = 0;
    long done;
    int answers = 0;
    while (read(results[0], &done, sizeof done) == sizeof done) {
        total += done;
        answers++;
    }
    int64_t ended = now();
    while (wait(NULL) > 0) {
    }
    if (answers != processes) {
        fprintf(stderr, "workloads: %d of %d processes failed\n", processes - answers, processes);
        exit(1);
    }
    return (double)(ended - started) / (double)total;
}

static double measure_alone(const struct workload *workload, char **arguments) {
    int64_t started = now();
    long done = workload->loop(arguments);
    return (double)(now() - started) / (double)done;
}

int main(int count, char **arguments) {
    int option;
    while ((option = getopt(count, arguments, "+p:d:r:")) != -1) {
        switch (option) {
        case 'p': processes = (int)number(optarg); break;
        case 'd': directories = (int)number(optarg); break;
        case 'r': repeats = (int)number(optarg); break;
        default: usage();
        }
    }
    const struct workload *workload = optind < count ? find(arguments[optind]) : NULL;
    if (workload == NULL || count - optind - 1 < workload->arguments) {
        usage();
    }
    if (workload->buffer_size > 0) {
        allocate(workload->buffer_size);
    }
    char **own = arguments + optind + 1;
    printf("%.1f\n", processes > 1 ? measure_together(workload, own) : measure_alone(workload, own));
    return 0;
}
