package io.trifold.fuse.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.fuse.Caller;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Posix;
import java.util.HexFormat;
import jnr.ffi.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTest {
  /** Length 56, MKDIR, request 0x1122, node 7, by 1000:1001 in process 4711. */
  private static final String HEADER =
      "38000000 09000000 2211000000000000 0700000000000000 e8030000 e9030000 67120000 00000000";

  private static final String MKDIR = HEADER + "ed010000 12000000 646972 00 000000 00";

  static Request request(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    Pointer memory = Posix.allocate(bytes.length);
    memory.put(0, bytes, 0, bytes.length);
    Request request = new Request(memory);
    request.begin(bytes.length, (answer, length) -> true);
    return request;
  }

  @Test
  void the_header_says_who_asks_for_what() {
    Request request = request(MKDIR);
    assertThat(Opcode.of(request.opcode())).isEqualTo(Opcode.MKDIR);
    assertThat(request.unique()).isEqualTo(0x1122);
    assertThat(request.node()).isEqualTo(7);
    assertThat(request.caller()).isEqualTo(new Caller(1000, 1001, 4711));
  }

  @Test
  void the_body_is_read_at_its_offsets() throws Exception {
    Request request = request(MKDIR);
    assertThat(request.int32(0)).isEqualTo(0755);
    assertThat(request.int32(4)).isEqualTo(022);
    assertThat(request.name(8)).isEqualTo("dir");
    assertThat(request.end(8)).isEqualTo(12);
    assertThat(request.int64(0)).isEqualTo(0x12_0000_01edL);
  }

  @Test
  void a_copy_stays_as_it_was_when_the_memory_is_used_again() throws Exception {
    Pointer memory = Posix.allocate(100);
    byte[] bytes = HexFormat.of().parseHex(MKDIR.replace(" ", ""));
    memory.put(0, bytes, 0, bytes.length);
    Request request = new Request(memory);
    request.begin(bytes.length, (answer, length) -> true);
    Request copy = request.copy();
    memory.setMemory(0, 100, (byte) 0x55);
    assertThat(copy.node()).isEqualTo(7);
    assertThat(copy.name(8)).isEqualTo("dir");
  }

  @Test
  void nothing_is_read_beyond_the_end() {
    Request request = request(MKDIR);
    assertThatThrownBy(() -> request.int32(13)).isInstanceOf(MalformedRequestException.class);
    assertThatThrownBy(() -> request.int64(9)).isInstanceOf(MalformedRequestException.class);
    assertThatThrownBy(() -> request.memory(8, 9)).isInstanceOf(MalformedRequestException.class);
    assertThatThrownBy(() -> request.bytes(0, -1)).isInstanceOf(MalformedRequestException.class);
    assertThatThrownBy(() -> request.text(16)).isInstanceOf(MalformedRequestException.class);
  }

  @Test
  void a_name_without_end_is_malformed() {
    Request request = request(HEADER + "61".repeat(16));
    assertThatThrownBy(() -> request.name(8)).isInstanceOf(MalformedRequestException.class);
  }

  @Test
  void a_length_that_is_not_what_came_is_malformed() {
    assertThatThrownBy(() -> request(MKDIR + "00")).isInstanceOf(MalformedRequestException.class);
    assertThatThrownBy(() -> request("05000000 00")).isInstanceOf(MalformedRequestException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"00", "2e00", "2e2e00", "612f6200", "2f00"})
  void what_names_no_entry_is_refused(String name) {
    Request request = request(HEADER + (name + "00".repeat(16)).substring(0, 32));
    assertThatThrownBy(() -> request.name(0))
        .isInstanceOf(ErrnoException.class)
        .hasMessageStartingWith("EINVAL");
  }

  @Test
  void bytes_that_are_not_text_are_kept_in_the_name() throws Exception {
    Request request = request(HEADER + "636166e9" + "00".repeat(12));
    assertThat(request.name(0)).isEqualTo("caf\udce9");
  }

  @Test
  void opcodes_of_newer_kernels_are_unknown() {
    assertThat(Opcode.of(54)).isNull();
    assertThat(Opcode.of(4096)).isNull();
    assertThat(Opcode.of(-1)).isNull();
    assertThat(Opcode.of(7)).isNull();
    for (Opcode opcode : Opcode.values()) {
      assertThat(Opcode.of(opcode.number())).isEqualTo(opcode);
    }
  }

  @Test
  void device_numbers_come_through_both_ways() {
    long device = 0xabcL << 32 | 0xedcba;
    assertThat(DeviceNumber.fromKernel(DeviceNumber.toKernel(device))).isEqualTo(device);
    assertThat(DeviceNumber.toKernel(1L << 32 | 3)).isEqualTo(0x103);
    assertThat(DeviceNumber.fromKernel(0x12345678)).isEqualTo(0x456L << 32 | 0x12378);
  }
}
