package io.trifold.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.queue.Acl;
import io.trifold.queue.Acl.Entry;
import io.trifold.queue.Acl.Tag;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AclFormTest {
  /** As {@code setfacl -m u:1000:rw,u:33:rwx,g:50:r FILE} writes it. */
  private static final String VALUE =
      "02000000"
          + ("0100" + "0600" + "ffffffff")
          + ("0200" + "0700" + "21000000")
          + ("0200" + "0600" + "e8030000")
          + ("0400" + "0400" + "ffffffff")
          + ("0800" + "0400" + "32000000")
          + ("1000" + "0700" + "ffffffff")
          + ("2000" + "0400" + "ffffffff");

  private static final Acl LIST =
      new Acl(
          List.of(
              new Entry(Tag.OWNER, "", 6),
              new Entry(Tag.USER, "1000", 6),
              new Entry(Tag.USER, "www", 7),
              new Entry(Tag.OWNING_GROUP, "", 4),
              new Entry(Tag.GROUP, "staff", 4),
              new Entry(Tag.MASK, "", 7),
              new Entry(Tag.OTHER, "", 4)));

  /** Accounts of a host. */
  private record Accounts(Map<String, Integer> users, Map<String, Integer> groups)
      implements Owners {
    @Override
    public String user(int uid) {
      return name(users, uid);
    }

    @Override
    public String group(int gid) {
      return name(groups, gid);
    }

    private static String name(Map<String, Integer> names, int number) {
      return names.entrySet().stream()
          .filter(entry -> entry.getValue() == number)
          .map(Map.Entry::getKey)
          .findFirst()
          .orElse(Integer.toString(number));
    }

    @Override
    public OptionalInt uid(String user) {
      return number(users, user);
    }

    @Override
    public OptionalInt gid(String group) {
      return number(groups, group);
    }

    private static OptionalInt number(Map<String, Integer> names, String name) {
      if (names.containsKey(name)) {
        return OptionalInt.of(names.get(name));
      }
      return name.matches("[0-9]+") ? OptionalInt.of(Integer.parseInt(name)) : OptionalInt.empty();
    }
  }

  private static final AclForm FORM =
      new AclForm(new Accounts(Map.of("www", 33), Map.of("staff", 50)));

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }

  @Test
  void usersAndGroupsHaveNames() {
    assertThat(FORM.read(bytes(VALUE))).isEqualTo(LIST);
    assertThat(FORM.write(LIST)).asHexString().isEqualToIgnoringCase(VALUE);
  }

  @Test
  void onAHostWithOtherNumbersTheNamesCount() {
    AclForm other = new AclForm(new Accounts(Map.of("www", 80), Map.of("staff", 20)));
    byte[] there = other.write(LIST);
    assertThat(other.read(there)).isEqualTo(LIST);
    assertThat(HexFormat.of().formatHex(there))
        .contains("02000700" + "50000000", "08000400" + "14000000");
  }

  @Test
  void whoIsUnknownHereIsNotWrittenAndNotForgotten() {
    AclForm bare = new AclForm(new Accounts(Map.of(), Map.of()));
    Acl here = bare.read(bare.write(LIST));
    assertThat(here.entries()).extracting(Entry::name).doesNotContain("www", "staff");
    assertThat(here.entries()).extracting(Entry::name).contains("1000");
    assertThat(bare.withStrangers(here, LIST)).isEqualTo(LIST);
    assertThat(bare.withStrangers(Acl.NONE, LIST)).isEqualTo(Acl.NONE);
    assertThat(FORM.withStrangers(LIST, LIST)).isEqualTo(LIST);
  }

  @Test
  void twoAccountsOfOneNumberAreOneAndTwoOfOneNameAreTwo() {
    Owners twins =
        new Owners() {
          @Override
          public String user(int uid) {
            return "www";
          }

          @Override
          public String group(int gid) {
            return "staff";
          }

          @Override
          public OptionalInt uid(String user) {
            return user.equals("www") ? OptionalInt.of(33) : OptionalInt.of(1000);
          }

          @Override
          public OptionalInt gid(String group) {
            return OptionalInt.of(50);
          }
        };
    assertThat(new AclForm(twins).read(bytes(VALUE))).isEqualTo(LIST);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "02",
        "03000000" + "01000600ffffffff" + "04000600ffffffff" + "20000600ffffffff",
        "02000000" + "01000600ffffffff",
        "02000000" + "010006",
        "02000000" + "03000600ffffffff" + "04000600ffffffff" + "20000600ffffffff",
        "02000000" + "01000800ffffffff" + "04000600ffffffff" + "20000600ffffffff"
      })
  void whatIsNoListIsRefused(String hex) {
    assertThatThrownBy(() -> FORM.read(bytes(hex))).isInstanceOf(IllegalArgumentException.class);
  }
}
