/* What the benchmark of the queue does to files, and times, in one process.
 *
 *   propagation latency A B COUNT PAUSE_MS   writes files in A, one after the other, and waits until each can be read in B:
 *                                            prints the median and the 99th percentile from the close on, in ns
 *   propagation load A SECONDS               writes files of 4 KiB in A, in a hundred names, for so long
 *   propagation closes DIR COUNT             creates and writes files of 4 KiB: prints the median of a close, in ns
 *   propagation until FILE SIZE              waits until the file has this size
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BLOCK 4096
#define PATIENCE_NS 120000000000LL

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void fail(const char *what) {
  fprintf(stderr, "propagation: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void pause_ns(long long ns) {
  struct timespec t = {ns / 1000000000LL, ns % 1000000000LL};
  nanosleep(&t, NULL);
}

static void fill(char *block, long seed) {
  unsigned long x = (unsigned long)seed * 2654435761UL + 88172645463325252UL;
  for (int i = 0; i < BLOCK; i += 8) {
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    memcpy(block + i, &x, 8);
  }
}

/* When the close has returned. */
static long long write_file(const char *path, const char *block, long long *close_ns) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0) fail(path);
  if (write(fd, block, BLOCK) != BLOCK) fail(path);
  long long before = now();
  if (close(fd) != 0) fail(path);
  long long after = now();
  if (close_ns) *close_ns = after - before;
  return after;
}

static int has(const char *path, const char *block) {
  char read_block[BLOCK];
  int fd = open(path, O_RDONLY);
  if (fd < 0) return 0;
  ssize_t n = read(fd, read_block, BLOCK);
  close(fd);
  return n == BLOCK && memcmp(read_block, block, BLOCK) == 0;
}

static int by_size(const void *a, const void *b) {
  long long x = *(const long long *)a, y = *(const long long *)b;
  return x < y ? -1 : x > y;
}

static void latency(const char *a, const char *b, int count, int pause_ms) {
  char from[4096], to[4096], block[BLOCK];
  long long *took = calloc(count, sizeof *took);
  for (int i = 0; i < count; i++) {
    long seed = now() ^ i;
    snprintf(from, sizeof from, "%s/latency-%d", a, i % 50);
    snprintf(to, sizeof to, "%s/latency-%d", b, i % 50);
    fill(block, seed);
    long long begin = write_file(from, block, NULL);
    while (!has(to, block)) {
      if (now() - begin > PATIENCE_NS) {
        errno = ETIMEDOUT;
        fail(to);
      }
      pause_ns(100000);
    }
    took[i] = now() - begin;
    pause_ns(pause_ms * 1000000LL);
  }
  qsort(took, count, sizeof *took, by_size);
  printf("%lld %lld\n", took[count / 2], took[(count * 99 + 99) / 100 - 1]);
}

static void load(const char *a, int seconds) {
  char path[4096], block[BLOCK];
  long long end = now() + seconds * 1000000000LL;
  for (long i = 0; now() < end; i++) {
    snprintf(path, sizeof path, "%s/load-%ld", a, i % 100);
    fill(block, i);
    write_file(path, block, NULL);
    pause_ns(2000000);
  }
}

static void closes(const char *directory, int count) {
  char path[4096], block[BLOCK];
  long long *took = calloc(count, sizeof *took);
  for (int i = 0; i < count; i++) {
    snprintf(path, sizeof path, "%s/close-%d", directory, i);
    fill(block, i);
    write_file(path, block, &took[i]);
  }
  qsort(took, count, sizeof *took, by_size);
  printf("%lld\n", took[count / 2]);
}

static void until(const char *path, long long size) {
  struct stat found;
  long long begin = now();
  while (stat(path, &found) != 0 || found.st_size != size) {
    if (now() - begin > 10 * PATIENCE_NS) {
      errno = ETIMEDOUT;
      fail(path);
    }
    pause_ns(1000000);
  }
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (!strcmp(what, "latency") && argc == 6) {
    latency(argv[2], argv[3], atoi(argv[4]), atoi(argv[5]));
  } else if (!strcmp(what, "load") && argc == 4) {
    load(argv[2], atoi(argv[3]));
  } else if (!strcmp(what, "closes") && argc == 4) {
    closes(argv[2], atoi(argv[3]));
  } else if (!strcmp(what, "until") && argc == 4) {
    until(argv[2], atoll(argv[3]));
  } else {
    fprintf(stderr, "propagation: see the head of propagation.c\n");
    return 2;
  }
  return 0;
}
