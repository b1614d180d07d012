/*
 * The floor under every FUSE filesystem: a server that answers at once. It speaks the kernel's protocol on /dev/fuse
 * itself, keeps its tree in memory, tells the kernel to cache all for ever, and does nothing else: what it takes is the
 * way from the caller to a server and back.
 *
 *   empty-server [-t THREADS] [-c] [-u] MOUNTPOINT SET=FILES/DIRECTORIES/SIZE…
 *
 *   -t   how many threads read requests; 1
 *   -c   each from a descriptor of its own (FUSE_DEV_IOC_CLONE)
 *   -u   over io_uring, a queue for each processor, where the kernel has it switched on
 *
 * A set is what the workloads expect: SET/DDD/fNNNNNN.php, file N in directory N modulo DIRECTORIES. Only such names can
 * be looked up, made, renamed and removed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef FUSE_OVER_IO_URING
/* Linux 6.14; older headers lack it. */
#define FUSE_OVER_IO_URING (1ULL << 41)
enum { FUSE_IO_URING_CMD_REGISTER = 1, FUSE_IO_URING_CMD_COMMIT_AND_FETCH = 2 };
struct fuse_uring_ent_in_out {
    uint64_t flags;
    uint64_t commit_id;
    uint32_t payload_sz;
    uint32_t padding;
    uint64_t reserved;
};
struct fuse_uring_req_header {
    char in_out[128];
    char op_in[128];
    struct fuse_uring_ent_in_out ring_ent_in_out;
};
struct fuse_uring_cmd_req {
    uint64_t flags;
    uint64_t commit_id;
    uint16_t qid;
    uint8_t padding[6];
};
#endif

enum {
    MAX_SETS = 8,
    MAX_TRANSFER = 128 * 1024,
    PAGE = 4096,
    REQUEST_SIZE = MAX_TRANSFER + PAGE,
    REPLY_SIZE = MAX_TRANSFER + PAGE,
    NO_ANSWER = 1,
    RING_DEPTH = 8,
};

static const uint64_t FOR_EVER = 1000000000;

struct set {
    const char *name;
    uint32_t files;
    uint32_t directories;
    uint64_t size;
    /* Of each file, the first letter of its name; 0 where there is none. */
    char *letters;
};

static struct set sets[MAX_SETS];
static int set_count;
static int device;
static int over_uring;
static int cloned;

static void fail(const char *what) {
    fprintf(stderr, "empty-server: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* A node's number says what it is: which set, which kind, which of that kind. */
enum kind { ROOT = 0, SET = 1, DIRECTORY = 2, REGULAR = 3 };

static uint64_t node_of(int set, enum kind kind, uint32_t index) {
    return (uint64_t)(set + 1) << 40 | (uint64_t)kind << 32 | index;
}

static enum kind kind_of(uint64_t node) { return node == FUSE_ROOT_ID ? ROOT : (node >> 32) & 0xff; }
static int set_number(uint64_t node) { return (int)(node >> 40) - 1; }
static struct set *set_of(uint64_t node) { return &sets[set_number(node)]; }
static uint32_t index_of(uint64_t node) { return (uint32_t)node; }

/* The node of a name, whether or not it exists; 0 where there can be none. */
static uint64_t named(uint64_t parent, const char *name) {
    unsigned index;
    char letter;
    int end = 0;
    switch (kind_of(parent)) {
    case ROOT:
        for (int i = 0; i < set_count; i++) {
            if (strcmp(sets[i].name, name) == 0) {
                return node_of(i, SET, 0);
            }
        }
        return 0;
    case SET:
        if (sscanf(name, "%u%n", &index, &end) == 1 && name[end] == '\0' && index < set_of(parent)->directories) {
            return node_of(set_number(parent), DIRECTORY, index);
        }
        return 0;
    case DIRECTORY:
        if (sscanf(name, "%c%u.php%n", &letter, &index, &end) == 2 && end > 0 && index < set_of(parent)->files) {
            return node_of(set_number(parent), REGULAR, index);
        }
        return 0;
    default: return 0;
    }
}

static void set_attributes(struct fuse_attr *attributes, uint64_t node) {
    memset(attributes, 0, sizeof *attributes);
    attributes->ino = node;
    attributes->blksize = PAGE;
    if (kind_of(node) == REGULAR) {
        attributes->mode = S_IFREG | 0644;
        attributes->nlink = 1;
        attributes->size = set_of(node)->size;
    } else {
        attributes->mode = S_IFDIR | 0755;
        attributes->nlink = 2;
    }
}

static uint32_t write_entry(struct fuse_entry_out *entry, uint64_t node) {
    memset(entry, 0, sizeof *entry);
    entry->nodeid = node;
    entry->entry_valid = FOR_EVER;
    entry->attr_valid = FOR_EVER;
    if (node != 0) {
        set_attributes(&entry->attr, node);
    }
    return sizeof *entry;
}

static uint32_t write_attributes(struct fuse_attr_out *out, uint64_t node) {
    memset(out, 0, sizeof *out);
    out->attr_valid = FOR_EVER;
    set_attributes(&out->attr, node);
    return sizeof *out;
}

static uint32_t write_open(struct fuse_open_out *out, uint32_t flags) {
    memset(out, 0, sizeof *out);
    out->open_flags = flags;
    return sizeof *out;
}

/* The entry at a place of a directory: its node and name, or 0 at the end. Files that are gone have no name. */
static uint64_t listed(uint64_t directory, uint64_t place, char *name, size_t size) {
    struct set *set = set_of(directory);
    uint64_t file;
    *name = '\0';
    switch (kind_of(directory)) {
    case ROOT:
        if (place >= (uint64_t)set_count) {
            return 0;
        }
        snprintf(name, size, "%s", sets[place].name);
        return node_of((int)place, SET, 0);
    case SET:
        if (place >= set->directories) {
            return 0;
        }
        snprintf(name, size, "%03u", (unsigned)place);
        return node_of(set_number(directory), DIRECTORY, (uint32_t)place);
    default:
        file = index_of(directory) + place * set->directories;
        if (file >= set->files) {
            return 0;
        }
        if (set->letters[file] != 0) {
            snprintf(name, size, "%c%06u.php", set->letters[file], (unsigned)file);
        }
        return node_of(set_number(directory), REGULAR, (uint32_t)file);
    }
}

static uint32_t write_listing(char *out, uint64_t directory, uint64_t place, uint32_t room, int plus) {
    uint32_t length = 0;
    char name[32];
    uint64_t node;
    while ((node = listed(directory, place, name, sizeof name)) != 0) {
        place++;
        size_t name_length = strlen(name);
        if (name_length == 0) {
            continue;
        }
        size_t before = plus ? sizeof(struct fuse_entry_out) : 0;
        size_t size = before + FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + name_length);
        if (length + size > room) {
            break;
        }
        memset(out + length, 0, size);
        if (plus) {
            write_entry((struct fuse_entry_out *)(out + length), node);
        }
        struct fuse_dirent *entry = (struct fuse_dirent *)(out + length + before);
        entry->ino = node;
        entry->off = place;
        entry->namelen = (uint32_t)name_length;
        entry->type = (kind_of(node) == REGULAR ? S_IFREG : S_IFDIR) >> 12;
        memcpy(entry->name, name, name_length);
        length += (uint32_t)size;
    }
    return length;
}

static int is_there(uint64_t node, const char *name) {
    return node != 0 && (kind_of(node) != REGULAR || set_of(node)->letters[index_of(node)] == name[0]);
}

static void put(uint64_t node, char letter) { set_of(node)->letters[index_of(node)] = letter; }

/* What comes before the names in a request. */
static size_t argument_size(uint32_t opcode) {
    switch (opcode) {
    case FUSE_MKDIR: return sizeof(struct fuse_mkdir_in);
    case FUSE_CREATE: return sizeof(struct fuse_create_in);
    case FUSE_RENAME: return sizeof(struct fuse_rename_in);
    case FUSE_RENAME2: return sizeof(struct fuse_rename2_in);
    default: return 0;
    }
}

/* Answers one request: writes to out, sets the length, and returns 0 or an error. */
static int answer(uint32_t opcode, uint64_t node, const void *arguments, const char *name, void *out, uint32_t *length) {
    uint64_t child;
    *length = 0;
    switch (opcode) {
    case FUSE_LOOKUP:
        child = named(node, name);
        *length = write_entry(out, is_there(child, name) ? child : 0);
        return 0;
    case FUSE_GETATTR:
    case FUSE_SETATTR: *length = write_attributes(out, node); return 0;
    case FUSE_OPEN: *length = write_open(out, FOPEN_KEEP_CACHE | FOPEN_NOFLUSH); return 0;
    case FUSE_OPENDIR: *length = write_open(out, 0); return 0;
    case FUSE_CREATE:
        child = named(node, name);
        if (child == 0) {
            return -ENOSPC;
        }
        put(child, name[0]);
        *length = write_entry(out, child);
        *length += write_open((struct fuse_open_out *)((char *)out + *length), FOPEN_KEEP_CACHE | FOPEN_NOFLUSH);
        return 0;
    case FUSE_MKDIR:
        child = named(node, name);
        *length = write_entry(out, child);
        return child == 0 ? -ENOSPC : 0;
    case FUSE_UNLINK: put(named(node, name), 0); return 0;
    case FUSE_RENAME:
    case FUSE_RENAME2: {
        const char *to = name + strlen(name) + 1;
        put(named(node, name), 0);
        put(named(*(const uint64_t *)arguments, to), to[0]);
        return 0;
    }
    case FUSE_READ: {
        const struct fuse_read_in *read = arguments;
        uint64_t size = set_of(node)->size;
        uint64_t left = read->offset < size ? size - read->offset : 0;
        *length = (uint32_t)(left < read->size ? left : read->size);
        memset(out, 0, *length);
        return 0;
    }
    case FUSE_READDIR:
    case FUSE_READDIRPLUS: {
        const struct fuse_read_in *read = arguments;
        uint32_t room = read->size < MAX_TRANSFER ? read->size : MAX_TRANSFER;
        *length = write_listing(out, node, read->offset, room, opcode == FUSE_READDIRPLUS);
        return 0;
    }
    case FUSE_STATFS:
        memset(out, 0, sizeof(struct fuse_statfs_out));
        *length = sizeof(struct fuse_statfs_out);
        return 0;
    case FUSE_RMDIR:
    case FUSE_RELEASE:
    case FUSE_RELEASEDIR:
    case FUSE_FLUSH:
    case FUSE_DESTROY: return 0;
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT: return NO_ANSWER;
    default: return -ENOSYS;
    }
}

static void send_reply(int fd, uint64_t unique, int error, void *out, uint32_t length) {
    struct fuse_out_header header = {.len = sizeof header + (error ? 0 : length), .error = error, .unique = unique};
    struct iovec parts[2] = {{&header, sizeof header}, {out, length}};
    if (writev(fd, parts, error || length == 0 ? 1 : 2) < 0 && errno != ENOENT) {
        fail("answer");
    }
}

static ssize_t receive(int fd, void *request) {
    ssize_t got;
    do {
        got = read(fd, request, REQUEST_SIZE);
    } while (got < 0 && (errno == EINTR || errno == EAGAIN || errno == ENOENT));
    return got;
}

static void *serve(void *unused) {
    char *request = malloc(REQUEST_SIZE);
    char *out = malloc(REPLY_SIZE);
    int fd = device;
    (void)unused;
    if (cloned) {
        uint32_t session = (uint32_t)device;
        fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
        if (fd < 0 || ioctl(fd, FUSE_DEV_IOC_CLONE, &session) != 0) {
            fail("clone the device");
        }
    }
    while (receive(fd, request) > 0) {
        const struct fuse_in_header *in = (struct fuse_in_header *)request;
        const char *arguments = request + sizeof *in;
        uint32_t length;
        int error = answer(in->opcode, in->nodeid, arguments, arguments + argument_size(in->opcode), out, &length);
        if (error != NO_ANSWER) {
            send_reply(fd, in->unique, error, out, length);
        }
    }
    return NULL;
}

static void negotiate(void) {
    char *request = malloc(REQUEST_SIZE);
    if (receive(device, request) < 0) {
        fail("receive the first request");
    }
    const struct fuse_in_header *in = (struct fuse_in_header *)request;
    const struct fuse_init_in *offer = (struct fuse_init_in *)(in + 1);
    uint64_t offered = offer->flags | (offer->flags & FUSE_INIT_EXT ? (uint64_t)offer->flags2 << 32 : 0);
    uint64_t wanted = FUSE_ASYNC_READ | FUSE_BIG_WRITES | FUSE_AUTO_INVAL_DATA | FUSE_DO_READDIRPLUS |
                      FUSE_READDIRPLUS_AUTO | FUSE_ASYNC_DIO | FUSE_PARALLEL_DIROPS | FUSE_MAX_PAGES |
                      FUSE_CACHE_SYMLINKS | FUSE_HANDLE_KILLPRIV_V2 | FUSE_INIT_EXT;
    if (over_uring && !(offered & FUSE_OVER_IO_URING)) {
        fprintf(stderr, "empty-server: the kernel does not offer io_uring\n");
        exit(1);
    }
    uint64_t flags = offered & (over_uring ? wanted | FUSE_OVER_IO_URING : wanted);
    struct fuse_init_out out = {
        .major = FUSE_KERNEL_VERSION,
        .minor = offer->minor < FUSE_KERNEL_MINOR_VERSION ? offer->minor : FUSE_KERNEL_MINOR_VERSION,
        .max_readahead = offer->max_readahead,
        .flags = (uint32_t)flags,
        .flags2 = (uint32_t)(flags >> 32),
        .max_background = 64,
        .congestion_threshold = 48,
        .max_write = MAX_TRANSFER,
        .max_pages = MAX_TRANSFER / PAGE,
        .time_gran = 1,
    };
    send_reply(device, in->unique, 0, &out, sizeof out);
    free(request);
}

/* A ring of io_uring, as much as is needed here of what its memory holds. */
struct ring {
    int fd;
    unsigned *submit_tail;
    unsigned submit_mask;
    unsigned *submit_array;
    char *submissions;
    unsigned *complete_head;
    unsigned *complete_tail;
    unsigned complete_mask;
    struct io_uring_cqe *completions;
    unsigned pending;
};

struct ring_entry {
    struct fuse_uring_req_header header;
    struct iovec parts[2];
};

static void make_ring(struct ring *ring) {
    struct io_uring_params parameters = {.flags = IORING_SETUP_SQE128 | IORING_SETUP_SINGLE_ISSUER |
                                                  IORING_SETUP_COOP_TASKRUN};
    ring->fd = (int)syscall(SYS_io_uring_setup, RING_DEPTH * 2, &parameters);
    if (ring->fd < 0) {
        fail("make a ring");
    }
    size_t submit_size = parameters.sq_off.array + parameters.sq_entries * sizeof(unsigned);
    size_t complete_size = parameters.cq_off.cqes + parameters.cq_entries * sizeof(struct io_uring_cqe);
    int protection = PROT_READ | PROT_WRITE;
    int flags = MAP_SHARED | MAP_POPULATE;
    char *submit = mmap(NULL, submit_size, protection, flags, ring->fd, IORING_OFF_SQ_RING);
    char *complete = mmap(NULL, complete_size, protection, flags, ring->fd, IORING_OFF_CQ_RING);
    ring->submissions = mmap(NULL, parameters.sq_entries * 128, protection, flags, ring->fd, IORING_OFF_SQES);
    if (submit == MAP_FAILED || complete == MAP_FAILED || ring->submissions == MAP_FAILED) {
        fail("map a ring");
    }
    ring->submit_tail = (unsigned *)(submit + parameters.sq_off.tail);
    ring->submit_mask = *(unsigned *)(submit + parameters.sq_off.ring_mask);
    ring->submit_array = (unsigned *)(submit + parameters.sq_off.array);
    ring->complete_head = (unsigned *)(complete + parameters.cq_off.head);
    ring->complete_tail = (unsigned *)(complete + parameters.cq_off.tail);
    ring->complete_mask = *(unsigned *)(complete + parameters.cq_off.ring_mask);
    ring->completions = (struct io_uring_cqe *)(complete + parameters.cq_off.cqes);
    ring->pending = 0;
}

static void submit(struct ring *ring, struct ring_entry *entry, unsigned queue, uint32_t command, uint64_t commit) {
    unsigned tail = *ring->submit_tail;
    unsigned place = tail & ring->submit_mask;
    struct io_uring_sqe *submission = (struct io_uring_sqe *)(ring->submissions + place * 128);
    memset(submission, 0, 128);
    submission->opcode = IORING_OP_URING_CMD;
    submission->fd = device;
    submission->cmd_op = command;
    submission->user_data = (uintptr_t)entry;
    if (command == FUSE_IO_URING_CMD_REGISTER) {
        submission->addr = (uintptr_t)entry->parts;
        submission->len = 2;
    }
    struct fuse_uring_cmd_req *to_fuse = (struct fuse_uring_cmd_req *)submission->cmd;
    to_fuse->qid = (uint16_t)queue;
    to_fuse->commit_id = commit;
    ring->submit_array[place] = place;
    __atomic_store_n(ring->submit_tail, tail + 1, __ATOMIC_RELEASE);
    ring->pending++;
}

static void answer_entry(struct ring *ring, struct ring_entry *entry, unsigned queue) {
    struct fuse_in_header in;
    memcpy(&in, entry->header.in_out, sizeof in);
    struct fuse_uring_ent_in_out *about = &entry->header.ring_ent_in_out;
    char *payload = entry->parts[1].iov_base;
    /* What is read is overwritten by what is answered. */
    char name[2 * PAGE];
    size_t named = about->payload_sz < sizeof name ? about->payload_sz : sizeof name - 1;
    memcpy(name, payload, named);
    name[named] = '\0';
    uint32_t length;
    int error = answer(in.opcode, in.nodeid, entry->header.op_in, name, payload, &length);
    struct fuse_out_header out = {
        .len = sizeof out + (error ? 0 : length), .error = error == NO_ANSWER ? 0 : error, .unique = in.unique};
    memcpy(entry->header.in_out, &out, sizeof out);
    about->payload_sz = error ? 0 : length;
    submit(ring, entry, queue, FUSE_IO_URING_CMD_COMMIT_AND_FETCH, about->commit_id);
}

/* The queue of one processor: the kernel hands a request to that on which the caller runs. */
static void *serve_queue(void *number) {
    unsigned queue = (unsigned)(uintptr_t)number;
    struct ring ring;
    cpu_set_t processor;
    CPU_ZERO(&processor);
    CPU_SET(queue, &processor);
    sched_setaffinity(0, sizeof processor, &processor);
    make_ring(&ring);
    for (int i = 0; i < RING_DEPTH; i++) {
        struct ring_entry *entry = calloc(1, sizeof *entry);
        entry->parts[0] = (struct iovec){&entry->header, sizeof entry->header};
        entry->parts[1] = (struct iovec){aligned_alloc(PAGE, REPLY_SIZE), REPLY_SIZE};
        submit(&ring, entry, queue, FUSE_IO_URING_CMD_REGISTER, 0);
    }
    while (1) {
        int done = (int)syscall(SYS_io_uring_enter, ring.fd, ring.pending, 1, IORING_ENTER_GETEVENTS, NULL, 0);
        if (done < 0 && errno != EINTR) {
            fail("wait for the ring");
        }
        ring.pending -= done > 0 ? (unsigned)done : 0;
        unsigned head = *ring.complete_head;
        while (head != __atomic_load_n(ring.complete_tail, __ATOMIC_ACQUIRE)) {
            struct io_uring_cqe *completion = &ring.completions[head & ring.complete_mask];
            struct ring_entry *entry = (struct ring_entry *)(uintptr_t)completion->user_data;
            int result = completion->res;
            __atomic_store_n(ring.complete_head, ++head, __ATOMIC_RELEASE);
            if (result < 0) {
                if (result != -ENOTCONN && result != -ECANCELED) {
                    errno = -result;
                    fail("fetch from the ring");
                }
                return NULL;
            }
            answer_entry(&ring, entry, queue);
        }
    }
}

static void add_set(char *text) {
    struct set *set = &sets[set_count];
    char *equals = strchr(text, '=');
    unsigned long size;
    if (equals == NULL || set_count == MAX_SETS ||
        sscanf(equals + 1, "%u/%u/%lu", &set->files, &set->directories, &size) != 3) {
        fprintf(stderr, "empty-server: not SET=FILES/DIRECTORIES/SIZE: %s\n", text);
        exit(2);
    }
    *equals = '\0';
    set->name = text;
    set->size = size;
    set->letters = malloc(set->files);
    memset(set->letters, 'f', set->files);
    set_count++;
}

int main(int count, char **arguments) {
    int threads = 1;
    int option;
    while ((option = getopt(count, arguments, "t:cu")) != -1) {
        switch (option) {
        case 't': threads = atoi(optarg); break;
        case 'c': cloned = 1; break;
        case 'u': over_uring = 1; break;
        default: return 2;
        }
    }
    if (optind >= count || threads < 1) {
        fprintf(stderr, "usage: empty-server [-t THREADS] [-c] [-u] MOUNTPOINT SET=FILES/DIRECTORIES/SIZE…\n");
        return 2;
    }
    for (int i = optind + 1; i < count; i++) {
        add_set(arguments[i]);
    }
    char data[128];
    device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    snprintf(data, sizeof data, "fd=%d,rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other", device);
    if (device < 0 || mount("empty-server", arguments[optind], "fuse.empty-server", MS_NOSUID | MS_NODEV, data) != 0) {
        fail("mount");
    }
    negotiate();
    pthread_t thread;
    for (int queue = 0; over_uring && queue < get_nprocs_conf(); queue++) {
        pthread_create(&thread, NULL, serve_queue, (void *)(uintptr_t)queue);
    }
    for (int i = 1; i < threads; i++) {
        pthread_create(&thread, NULL, serve, NULL);
    }
    serve(NULL);
    return 0;
}
