package io.trifold.differential;

import io.trifold.differential.actor.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Makes scripts. Names are few, so that operations meet; most are of things that probably exist,
 * which the generator keeps an account of as if nothing failed.
 */
final class Generator {
  private static final int SLOTS = 5;
  private static final int MAPPINGS = 2;
  private static final String[] OFFSETS = {
    "0", "1", "100", "4095", "4096", "5000", "8192", "20000"
  };
  private static final String[] MODES = {
    "0644", "0600", "0755", "0777", "0", "04755", "02755", "02644", "06777", "01777", "0444", "0222"
  };
  private static final String[] IDENTITIES = {"0 0", "1000 1000 2000", "1001 1000", "1002 2000"};
  private static final String[] IDS = {"0", "1000", "1001", "2000", "-1"};
  private static final String[] TIMES = {
    "now", "omit", "981173106.123456789", "0.0", "4102444800.5", "-1.999999999"
  };
  private static final String[] XATTRS = {"user.a", "user.b", "trusted.t", "user."};

  private final Random random;
  private final Rules rules;
  private final int actors;
  private final String[] names;
  private final String[] identities;
  private final List<String> files = new ArrayList<>();
  private final List<String> directories = new ArrayList<>(List.of("."));
  private final NavigableMap<Integer, Supplier<Operation>> choices = new TreeMap<>();
  private int weights;

  Generator(long seed, Rules rules, int mostActors) {
    this.random = new Random(seed);
    this.rules = rules;
    this.actors = 1 + random.nextInt(mostActors);
    this.names =
        rules == Rules.MIXED
            ? new String[] {"a", "b", "d", "x.r", "y.r", "p.p", "q.p"}
            : new String[] {"a", "b", "c", "d", "e", "\u00c3\u00a9", "\u00ff", "n".repeat(255)};
    // A move across sides is copied by root on the disk too, whatever its caller may do.
    this.identities = rules == Rules.MIXED ? new String[] {"0 0"} : IDENTITIES;
    addFileChoices();
    addNameChoices();
    addAttributeChoices();
    addOtherChoices();
  }

  List<Step> script(int length) {
    List<Step> script = new ArrayList<>();
    String first = pick(identities[0], identities[0], identities[identities.length / 2]);
    for (int i = 0; i < actors; i++) {
      script.add(new Step(i, Operation.parse("as " + (i == 0 ? first : pick(identities)))));
    }
    while (script.size() < length) {
      Supplier<Operation> choice = choices.higherEntry(random.nextInt(weights)).getValue();
      script.add(new Step(random.nextInt(actors), choice.get()));
    }
    script.add(new Step(0, Operation.of("tree")));
    return script;
  }

  private void choose(int weight, Supplier<Operation> choice) {
    weights += weight;
    choices.put(weights, choice);
  }

  private void addFileChoices() {
    choose(90, this::open);
    choose(25, () -> Operation.of("close", slot()));
    choose(20, () -> Operation.of("read", slot(), "5000"));
    choose(40, this::write);
    choose(30, this::pwrite);
    choose(30, this::pread);
    choose(15, this::lseek);
    choose(10, () -> Operation.of("truncate", file(), pick(OFFSETS)));
    choose(15, () -> Operation.of("ftruncate", slot(), pick(OFFSETS)));
    choose(12, this::fallocate);
    choose(12, this::copy);
    choose(5, () -> Operation.of("fsync", slot()));
    choose(3, () -> Operation.of("fdatasync", slot()));
  }

  private void addNameChoices() {
    choose(30, () -> Operation.of("mkdir", newDirectory(), pick(MODES)));
    choose(10, this::mknod);
    choose(20, () -> Operation.of("symlink", target(), made(files)));
    choose(5, () -> Operation.of("readlink", any()));
    choose(25, this::link);
    choose(8, () -> Operation.of("linkfd", slot(), made(files)));
    choose(35, () -> Operation.of("unlink", removed(files)));
    choose(15, () -> Operation.of("rmdir", removed(directories)));
    choose(40, this::rename);
  }

  private void addAttributeChoices() {
    choose(20, () -> Operation.of("chmod", any(), pick(MODES)));
    choose(5, () -> Operation.of("fchmod", slot(), pick(MODES)));
    choose(10, () -> Operation.of("chown", any(), pick(IDS), pick(IDS)));
    choose(5, () -> Operation.of("lchown", any(), pick(IDS), pick(IDS)));
    choose(5, () -> Operation.of("fchown", slot(), pick(IDS), pick(IDS)));
    choose(
        12, () -> Operation.of("utimens", any(), pick(TIMES), pick(TIMES), pick("0", "NOFOLLOW")));
    choose(5, () -> Operation.of("futimens", slot(), pick(TIMES), pick(TIMES)));
    choose(5, () -> Operation.of("stat", any()));
    choose(5, () -> Operation.of("access", any(), pick("R", "W", "X", "R|W", "0")));
    choose(10, this::setxattr);
    choose(5, () -> Operation.of("getxattr", any(), pick(XATTRS)));
    choose(3, () -> Operation.of("listxattr", any()));
    choose(5, () -> Operation.of("removexattr", any(), pick(XATTRS)));
  }

  private void addOtherChoices() {
    choose(10, () -> Operation.of("readdir", directory()));
    choose(5, () -> Operation.of("list", slot()));
    choose(3, () -> Operation.of("seekdir", slot(), random.nextInt(6)));
    if (rules != Rules.MIXED) {
      choose(4, () -> Operation.of("chdir", directory()));
      choose(2, () -> Operation.of("up"));
    }
    choose(4, () -> Operation.of("umask", pick("0", "022", "077", "0777")));
    choose(10, this::mmap);
    choose(12, this::poke);
    choose(8, () -> Operation.of("peek", random.nextInt(MAPPINGS), pick(OFFSETS), "50"));
    choose(2, () -> Operation.of("munmap", random.nextInt(MAPPINGS)));
    choose(6, () -> Operation.of("flock", slot(), lock()));
    choose(8, () -> Operation.of("setlock", slot(), lock(), random.nextInt(4), random.nextInt(4)));
    choose(4, () -> Operation.of("getlock", slot(), pick("shared", "exclusive"), "0", "0"));
    choose(10, () -> Operation.parse("as " + pick(identities)));
    choose(15, () -> Operation.of("content", file()));
    choose(12, () -> Operation.of("tree"));
  }

  private String pick(String... from) {
    return from[random.nextInt(from.length)];
  }

  private int slot() {
    return random.nextInt(SLOTS);
  }

  private String lock() {
    return pick("shared", "exclusive", "none");
  }

  private String name() {
    return pick(names);
  }

  /** A path that need not exist. */
  private String path() {
    String directory = directory();
    return directory.equals(".") ? name() : directory + "/" + name();
  }

  private String directory() {
    return random.nextInt(3) == 0 ? "." : one(directories);
  }

  private String file() {
    return files.isEmpty() || random.nextInt(6) == 0 ? path() : one(files);
  }

  private String any() {
    return random.nextInt(3) == 0 ? one(directories) : file();
  }

  private String one(List<String> of) {
    return of.get(random.nextInt(of.size()));
  }

  private String made(List<String> in) {
    String path = path();
    note(in, path);
    return path;
  }

  /** All names below a directory that a rule names would be bound as it is. */
  private String newDirectory() {
    String path = made(directories);
    while (path.endsWith(".r") || path.endsWith(".p")) {
      directories.remove(path);
      path = made(directories);
    }
    return path;
  }

  private static void note(List<String> in, String path) {
    if (!in.contains(path) && path.chars().filter(c -> c == '/').count() < 3) {
      in.add(path);
    }
  }

  private String removed(List<String> from) {
    if (from.isEmpty() || random.nextInt(8) == 0) {
      return path();
    }
    String path = one(from);
    if (!path.equals(".")) {
      from.remove(path);
    }
    return path;
  }

  private String target() {
    return pick(file(), directory(), name(), "../" + name(), "nowhere", ".");
  }

  private Operation open() {
    int slot = slot();
    int kind = random.nextInt(20);
    if (kind == 0) {
      return Operation.of("open", slot, directory(), "O_DIRECTORY", "0");
    } else if (kind == 1) {
      return Operation.of("open", slot, any(), "O_PATH" + pick("", "|O_NOFOLLOW"), "0");
    } else if (kind == 2) {
      return Operation.of("open", slot, file(), "O_RDWR|O_CREAT|O_NONBLOCK|O_DIRECT", "0644");
    } else if (kind == 3) {
      String flags = "O_TMPFILE|" + pick("O_RDWR", "O_WRONLY", "O_RDWR|O_EXCL");
      return Operation.of("open", slot, directory(), flags, pick(MODES));
    }
    StringBuilder flags = new StringBuilder(pick("O_RDONLY", "O_WRONLY", "O_RDWR", "O_RDWR"));
    flags.append("|O_NONBLOCK");
    boolean creates = random.nextInt(2) == 0;
    maybe(flags, creates, "|O_CREAT");
    maybe(flags, random.nextInt(6) == 0, "|O_EXCL");
    maybe(flags, random.nextInt(6) == 0, "|O_TRUNC");
    maybe(flags, random.nextInt(5) == 0, "|O_APPEND");
    maybe(flags, random.nextInt(10) == 0, "|O_NOFOLLOW");
    maybe(flags, random.nextInt(20) == 0, "|O_SYNC");
    String path = random.nextInt(10) == 0 ? any() : file();
    if (creates) {
      note(files, path);
    }
    return Operation.of("open", slot, path, flags, pick(MODES));
  }

  private static void maybe(StringBuilder flags, boolean with, String flag) {
    flags.append(with ? flag : "");
  }

  private String count() {
    return pick("1", "10", "300", "4096", "4096", "8192", "9000");
  }

  private Operation write() {
    return Operation.of("write", slot(), random.nextInt(26), count());
  }

  private Operation pwrite() {
    return Operation.of("pwrite", slot(), random.nextInt(26), count(), pick(OFFSETS));
  }

  private Operation pread() {
    return Operation.of("pread", slot(), count(), pick(OFFSETS));
  }

  private Operation lseek() {
    String whence = pick("SET", "CUR", "END", "DATA", "HOLE");
    return Operation.of("lseek", slot(), pick(OFFSETS), whence);
  }

  private Operation fallocate() {
    String mode =
        pick(
            "0",
            "KEEP_SIZE",
            "PUNCH_HOLE|KEEP_SIZE",
            "ZERO_RANGE",
            "ZERO_RANGE|KEEP_SIZE",
            "COLLAPSE_RANGE",
            "INSERT_RANGE",
            "PUNCH_HOLE");
    return Operation.of(
        "fallocate", slot(), mode, pick(OFFSETS), pick("1", "4096", "8192", "5000"));
  }

  private Operation copy() {
    return Operation.of("copy", slot(), pick(OFFSETS), slot(), pick(OFFSETS), count());
  }

  private Operation mknod() {
    String type = pick("FIFO", "SOCK", "REG", "CHR", "BLK");
    return Operation.of("mknod", made(files), type, pick(MODES), type.length() == 3 ? "259" : "0");
  }

  private Operation link() {
    String old = file();
    return Operation.of("link", old, made(files), pick("0", "0", "FOLLOW"));
  }

  private Operation rename() {
    boolean ofDirectory = random.nextInt(3) == 0;
    List<String> kind = ofDirectory ? directories : files;
    String wrong = rules == Rules.MIXED ? "0" : "NOREPLACE|EXCHANGE";
    String flags = pick("0", "0", "0", "0", "NOREPLACE", "EXCHANGE", wrong);
    String old = removed(kind);
    String path = random.nextInt(3) == 0 ? any() : made(kind);
    return Operation.of("rename", old, path, flags);
  }

  private Operation setxattr() {
    String value = "v".repeat(random.nextInt(3) == 0 ? 0 : random.nextInt(200));
    return Operation.of(
        "setxattr", any(), pick(XATTRS), value, pick("0", "0", "XATTR_CREATE", "XATTR_REPLACE"));
  }

  private Operation mmap() {
    return Operation.of(
        "mmap",
        random.nextInt(MAPPINGS),
        slot(),
        pick("4096", "10000"),
        pick("shared", "shared", "private"),
        pick("r", "rw", "rw"));
  }

  private Operation poke() {
    return Operation.of(
        "poke", random.nextInt(MAPPINGS), random.nextInt(26), pick("1", "100"), pick(OFFSETS));
  }
}
