package io.trifold.fuse.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.fuse.Attributes;
import io.trifold.fuse.Entry;
import io.trifold.posix.Errno;
import io.trifold.posix.RecordLock;
import io.trifold.posix.Stat;
import io.trifold.posix.StatFs;
import java.io.IOException;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReplyTest {
  private static final Stat STAT =
      new Stat(9, 2, 0100644, 3, 4, 5, 1L << 32 | 3, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17);
  private static final String STAT_BYTES =
      "0200000000000000 0600000000000000 0700000000000000 0a00000000000000 0c00000000000000"
          + "0e00000000000000 0b000000 0d000000 0f000000 a4810000 03000000 04000000 05000000"
          + "03010000 08000000 00000000";

  private final Reply reply = new Reply(1024);

  @BeforeEach
  void dirty() {
    reply.memory().setMemory(0, 1040, (byte) 0xff);
    reply.begin();
  }

  private String bytes(int errno) {
    byte[] bytes = new byte[reply.finish(0x1122, errno)];
    reply.memory().get(0, bytes, 0, bytes.length);
    return HexFormat.of().formatHex(bytes);
  }

  private void assertBody(String hex) {
    assertThat(bytes(0).substring(32)).isEqualTo(hex.replace(" ", ""));
  }

  @Test
  void an_answer_without_a_body_is_its_header() {
    assertThat(bytes(0)).isEqualTo("10000000" + "00000000" + "2211000000000000");
  }

  @Test
  void an_error_is_negative_and_drops_the_body() {
    reply.int64(1);
    assertThat(bytes(Errno.ENOENT)).isEqualTo("10000000" + "feffffff" + "2211000000000000");
  }

  @Test
  void an_entry_is_laid_out_as_the_kernel_reads_it() {
    reply.entry(new Entry(0x21, 0x31, STAT, 5_000_000_006L, 7_000_000_008L));
    assertBody(
        "2100000000000000 3100000000000000 0500000000000000 0700000000000000 06000000 08000000"
            + STAT_BYTES);
  }

  @Test
  void an_absent_entry_is_node_0_and_how_long_to_remember_it() {
    reply.entry(Entry.absent(2_000_000_000L));
    assertBody("00".repeat(16) + "0200000000000000" + "00".repeat(104));
  }

  @Test
  void attributes_are_laid_out_as_the_kernel_reads_them() {
    reply.attributes(new Attributes(STAT, Entry.UNLIMITED));
    assertBody("00a3e11100000000 00000000 00000000" + STAT_BYTES);
  }

  @Test
  void an_open_is_laid_out_as_the_kernel_reads_it() {
    reply.open(0x55, Backings.FOPEN_PASSTHROUGH, 7);
    assertBody("5500000000000000 80000000 07000000");
  }

  @Test
  void a_filesystem_is_laid_out_as_the_kernel_reads_it() {
    reply.statFs(new StatFs(1, 2, 3, 4, 5, 6, 7, 8));
    assertBody(
        "0300000000000000 0400000000000000 0500000000000000 0600000000000000 0700000000000000"
            + "01000000 08000000 02000000"
            + "00".repeat(28));
  }

  @Test
  void a_lock_is_laid_out_as_the_kernel_reads_it() {
    reply.lock(new RecordLock(RecordLock.WRITE, 1, Long.MAX_VALUE, 9));
    assertBody("0100000000000000 ffffffffffffff7f 01000000 09000000");
  }

  @Test
  void directory_entries_are_padded_and_end_when_there_is_no_room() {
    Dirents dirents = new Dirents(reply, 80, false);
    assertThat(dirents.wantsEntries()).isFalse();
    assertThat(dirents.add("abc", 5, Stat.S_IFREG, 77)).isTrue();
    assertThat(dirents.add("12345678", 6, Stat.S_IFDIR, 78)).isTrue();
    assertThat(dirents.add("x", 7, Stat.S_IFDIR, 79)).isFalse();
    assertBody(
        "0500000000000000 4d00000000000000 03000000 08000000 6162630000000000"
            + "0600000000000000 4e00000000000000 08000000 04000000 3132333435363738");
  }

  @Test
  void directory_entries_with_attributes_begin_with_the_entry() {
    Dirents dirents = new Dirents(reply, 1024, true);
    assertThat(dirents.add(".", 1, Stat.S_IFDIR, 1)).isTrue();
    assertThat(dirents.add("a", new Entry(0x21, 0, STAT, 0, 0), 2)).isTrue();
    assertBody(
        "00".repeat(128)
            + "0100000000000000 0100000000000000 01000000 04000000 2e00000000000000"
            + "2100000000000000 0000000000000000 0000000000000000 0000000000000000 0000000000000000"
            + STAT_BYTES
            + "0200000000000000 0200000000000000 01000000 08000000 6100000000000000");
  }

  @Test
  void what_the_kernel_offers_and_is_wanted_is_agreed_on() throws IOException {
    // 7.45 with all flags there are.
    Request init = init("07000000 2d000000 00000200 ffffffff ffffffff");
    Agreement agreement = Agreement.answer(init, reply, true, true, true);
    assertThat(agreement.passthrough()).isTrue();
    assertBody(
        "07000000 2d000000 00000200 6bf4d471 40003000 00001000 01000000 0001 0000 30020000 02000000"
            + "00".repeat(24));
  }

  @Test
  void an_older_kernel_gets_what_it_knows() throws IOException {
    // 7.31 without INIT_EXT: flags2 is not looked at.
    Request init = init("07000000 1f000000 00000200 ffffffbf ffffffff");
    Agreement agreement = Agreement.answer(init, reply, true, true, true);
    assertThat(agreement.passthrough()).isFalse();
    assertThat(agreement.describe()).startsWith("FUSE 7.31,").endsWith("no passthrough");
    assertThat(bytes(0).substring(32, 48)).isEqualTo("070000001f000000");
  }

  @Test
  void a_kernel_that_is_too_old_is_refused() {
    Request init = init("07000000 17000000 00000200 ffffffff ffffffff");
    assertThatThrownBy(() -> Agreement.answer(init, reply, true, true, true))
        .isInstanceOf(IOException.class)
        .hasMessage("the kernel speaks FUSE 7.23; 7.28 (Linux 4.20) or a later one is needed");
  }

  private static Request init(String body) {
    return RequestTest.request(
        "68000000 1a000000 0100000000000000" + "00".repeat(24) + body + "00".repeat(44));
  }
}
