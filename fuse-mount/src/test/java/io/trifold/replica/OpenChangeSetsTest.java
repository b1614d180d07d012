package io.trifold.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OpenChangeSetsTest {
  private final Map<Integer, Processes.Running> processes = new HashMap<>();
  private final Map<Integer, String> marks = new HashMap<>();
  private final UUID id = UUID.randomUUID();
  private OpenChangeSets sets;

  @BeforeEach
  void lookAtThem() {
    sets =
        new OpenChangeSets(
            new Processes() {
              @Override
              public Optional<Running> find(int pid) {
                return Optional.ofNullable(processes.get(pid));
              }

              @Override
              public Optional<String> environment(int pid, String variable) {
                assertThat(variable).isEqualTo("TRIFOLD_CHANGESET");
                return Optional.ofNullable(marks.get(pid));
              }
            });
    process(100, 1, 10);
    process(101, 100, 11);
    process(102, 101, 12);
    process(200, 1, 5);
  }

  private void process(int pid, int parent, long started) {
    processes.put(pid, new Processes.Running(parent, started));
  }

  @Test
  void childrenOfChildrenAreOfTheSet() {
    sets.begin(id, 100);
    assertThat(sets.of(101)).hasValue(id);
    assertThat(sets.of(102)).hasValue(id);
    assertThat(sets.of(200)).isEmpty();
    assertThat(sets.of(0)).isEmpty();
    assertThat(sets.of(999)).isEmpty();
  }

  @Test
  void whoLeftTheFamilyIsKnownByItsMark() {
    sets.begin(id, 100);
    process(103, 1, 13);
    marks.put(103, id.toString());
    marks.put(200, UUID.randomUUID().toString());
    assertThat(sets.of(103)).hasValue(id);
    assertThat(sets.of(200)).isEmpty();
  }

  @Test
  void aNumberThatIsUsedAgainIsAnotherProcess() {
    sets.begin(id, 100);
    assertThat(sets.of(102)).hasValue(id);
    process(102, 200, 20);
    assertThat(sets.of(102)).isEmpty();
  }

  @Test
  void nothingIsPartOfASetThatIsOver() {
    sets.begin(id, 100);
    assertThat(sets.of(101)).hasValue(id);
    assertThat(sets.end(id)).isTrue();
    assertThat(sets.of(101)).isEmpty();
    assertThat(sets.end(id)).isFalse();
  }

  @Test
  void thisProcessIsToBeSeen() {
    int own = (int) ProcessHandle.current().pid();
    int parent = (int) ProcessHandle.current().parent().orElseThrow().pid();
    assertThat(Processes.PROC.find(own).orElseThrow().parent()).isEqualTo(parent);
    assertThat(Processes.PROC.environment(own, "PATH")).hasValue(System.getenv("PATH"));
    assertThat(Processes.PROC.environment(own, "NO_SUCH_VARIABLE")).isEmpty();
  }
}
