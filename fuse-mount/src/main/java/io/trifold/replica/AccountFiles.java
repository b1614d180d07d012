package io.trifold.replica;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The owners that {@code passwd(5)} and {@code group(5)} name, read again when they change. */
final class AccountFiles implements Owners {
  private static final Logger LOG = LoggerFactory.getLogger(AccountFiles.class);

  private final NumberedNames users;
  private final NumberedNames groups;

  AccountFiles(Path passwd, Path group) {
    users = new NumberedNames(passwd);
    groups = new NumberedNames(group);
  }

  @Override
  public String user(int uid) {
    return users.name(uid);
  }

  @Override
  public String group(int gid) {
    return groups.name(gid);
  }

  @Override
  public OptionalInt uid(String user) {
    return users.number(user);
  }

  @Override
  public OptionalInt gid(String group) {
    return groups.number(group);
  }

  /** A file of lines {@code NAME:x:NUMBER:…}. */
  private static final class NumberedNames {
    private static final long LOOK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Path file;
    private Map<Integer, String> names = Map.of();
    private Map<String, Integer> numbers = Map.of();
    private FileTime modified = FileTime.fromMillis(0);
    private long looked = System.nanoTime() - LOOK_AGAIN_NANOS;

    NumberedNames(Path file) {
      this.file = file;
    }

    synchronized String name(int number) {
      refresh();
      String name = names.get(number);
      return name == null ? Integer.toUnsignedString(number) : name;
    }

    synchronized OptionalInt number(String name) {
      refresh();
      Integer number = numbers.get(name);
      return number == null ? parse(name) : OptionalInt.of(number);
    }

    private void refresh() {
      long now = System.nanoTime();
      if (now - looked < LOOK_AGAIN_NANOS) {
        return;
      }
      looked = now;
      try {
        FileTime time = Files.getLastModifiedTime(file);
        if (!time.equals(modified)) {
          load(Files.readAllLines(file, StandardCharsets.ISO_8859_1));
          modified = time;
        }
      } catch (IOException e) {
        LOG.warn("cannot read {}: owners are known by the names read before", file, e);
      }
    }

    private void load(List<String> lines) {
      Map<Integer, String> newNames = new HashMap<>();
      Map<String, Integer> newNumbers = new HashMap<>();
      for (String line : lines) {
        String[] fields = line.split(":", -1);
        OptionalInt number = fields.length < 3 ? OptionalInt.empty() : parse(fields[2]);
        if (number.isPresent()) {
          newNames.putIfAbsent(number.getAsInt(), fields[0]);
          newNumbers.putIfAbsent(fields[0], number.getAsInt());
        }
      }
      names = newNames;
      numbers = newNumbers;
    }

    /** The largest number means "leave it" to chown(2): it is no owner. */
    private static OptionalInt parse(String text) {
      if (text.isEmpty()
          || text.length() > 10
          || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
        return OptionalInt.empty();
      }
      long number = Long.parseLong(text);
      return number >= 0xffff_ffffL ? OptionalInt.empty() : OptionalInt.of((int) number);
    }
  }
}
