/* What the benchmark of logs writes and receives.
 *
 *   logs write FILE LINES BLOCK [A_SECOND]   appends so many lines of a hundred bytes, BLOCK bytes a write (0: a line a write),
 *                                            at most so many lines a second: prints how many a second it were
 *   logs sink SOCKET                         takes datagrams, and forgets them, until it is ended
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LINE 100
#define LARGEST (1 << 20)

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void fail(const char *what) {
  fprintf(stderr, "logs: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void put(int fd, const char *path, const char *bytes, size_t length) {
  if (length > 0 && write(fd, bytes, length) != (ssize_t)length) fail(path);
}

/* A line like those of an application, with its number; no two are the same. */
static void make_line(char *line, long number) {
  memset(line, 'x', LINE);
  int n = snprintf(line, LINE, "2026-01-31 12:00:00\tINFO\torder %ld of a customer was taken ", number);
  line[n] = ' ';
  line[LINE - 1] = '\n';
}

static void write_lines(const char *path, long lines, long block, long a_second) {
  static char buffer[LARGEST + LINE];
  long filled = 0;
  int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (fd < 0) fail(path);
  long long begin = now();
  for (long i = 0; i < lines; i++) {
    make_line(buffer + filled, i);
    filled += LINE;
    if (block == 0) {
      put(fd, path, buffer, LINE);
      filled = 0;
    } else if (filled >= block) {
      put(fd, path, buffer, block);
      memmove(buffer, buffer + block, filled - block);
      filled -= block;
    }
    if (a_second > 0 && i % (a_second / 100 + 1) == 0) {
      long long ahead = begin + i * 1000000000LL / a_second - now();
      if (ahead > 0) {
        struct timespec pause = {ahead / 1000000000LL, ahead % 1000000000LL};
        nanosleep(&pause, NULL);
      }
    }
  }
  put(fd, path, buffer, filled);
  if (close(fd) != 0) fail(path);
  printf("%lld\n", lines * 1000000000LL / (now() - begin));
}

static void sink(const char *path) {
  static char datagram[1 << 16];
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    fail(path);
  }
  strcpy(address.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0) fail(path);
  while (recv(fd, datagram, sizeof datagram, 0) >= 0) {
  }
  fail(path);
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (!strcmp(what, "write") && (argc == 5 || argc == 6) && atol(argv[4]) <= LARGEST) {
    write_lines(argv[2], atol(argv[3]), atol(argv[4]), argc == 6 ? atol(argv[5]) : 0);
  } else if (!strcmp(what, "sink") && argc == 3) {
    sink(argv[2]);
  } else {
    fprintf(stderr, "logs: see the head of logs.c\n");
    return 2;
  }
  return 0;
}
