package io.trifold.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OperationsIT {
  private static final Duration MONTH = Duration.ofDays(30);

  @TempDir Path directory;

  private TestPostgres postgres;
  private FarmLog web1;
  private FarmLog web2;
  private Operations operations;

  @BeforeEach
  void makeFarm() throws Exception {
    postgres = TestPostgres.create();
    FarmKey key = FarmKey.loadOrCreate(directory.resolve("key"));
    web1 = postgres.open(key, "web1");
    web2 = postgres.open(key, "web2");
    operations = Operations.of(postgres.settings(), () -> key, "web1");
  }

  @AfterEach
  void dropFarm() throws Exception {
    operations.close();
    web1.close();
    web2.close();
    postgres.close();
  }

  private Call submit(Duration timeout, String... hosts) throws QueueException {
    CallBoard calls = operations.calls();
    Call call =
        new Call(
            UUID.randomUUID(),
            "clear",
            "web1",
            0,
            calls.terms().now(),
            timeout,
            Map.of(),
            "",
            List.of(hosts));
    calls.submit(call);
    // As after a lost answer.
    calls.submit(call);
    return call;
  }

  private Map<String, CallState> states(Call call) throws QueueException {
    return operations.calls().find(call.id()).orElseThrow().hosts().stream()
        .collect(java.util.stream.Collectors.toMap(CallOnHost::host, CallOnHost::state));
  }

  @Test
  void aCallHasOneResultOnEachOfItsHosts() throws Exception {
    CallBoard calls = operations.calls();
    assertThat(calls.terms().live()).containsExactly("web1", "web2");
    UUID runner = UUID.randomUUID();
    Call call = submit(Duration.ofMinutes(1), "web1", "web2");
    assertThat(calls.waiting("web1")).hasSize(1);
    assertThat(calls.waiting("web1").get(0).call()).contains(call);
    assertThat(calls.begin(call.id(), "web1", runner)).isTrue();
    assertThat(calls.begin(call.id(), "web1", runner)).isTrue();
    assertThat(calls.begin(call.id(), "web1", UUID.randomUUID())).isFalse();
    assertThat(calls.waiting("web1")).isEmpty();
    CallResult ok = new CallResult(CallState.OK, Optional.of(0), "a\0b", "");
    assertThat(calls.end(call.id(), "web1", ok)).isTrue();
    assertThat(calls.end(call.id(), "web1", CallResult.without(CallState.FAILED, ""))).isFalse();
    assertThat(states(call)).isEqualTo(Map.of("web1", CallState.OK, "web2", CallState.WAITING));

    assertThat(calls.begin(call.id(), "web2", runner)).isTrue();
    assertThat(calls.abandoned("web2", runner)).isEmpty();
    assertThat(calls.abandoned("web2", UUID.randomUUID())).containsExactly(call.id());
    calls.settle(MONTH);
    assertThat(states(call)).containsEntry("web2", CallState.RUNNING);
    postgres.execute(
        "UPDATE trifold.host SET lease_until = now() - interval '1 minute' WHERE name = 'web2'");
    calls.settle(MONTH);
    assertThat(states(call)).containsEntry("web2", CallState.UNKNOWN);
    assertThat(calls.recent(5)).hasSize(1);
  }

  @Test
  void whatAHostBeganThatWasForgottenIsUnknown() throws Exception {
    CallBoard calls = operations.calls();
    Call call = submit(Duration.ofMinutes(1), "web1", "web2");
    calls.begin(call.id(), "web2", UUID.randomUUID());
    TaskBoard tasks = operations.tasks();
    TaskRun.Key run = new TaskRun.Key("clean", "web2", Instant.parse("2026-03-28T10:00:00Z"), 1);
    tasks.begin(run, new TaskRun.Runner("web2", UUID.randomUUID(), 0));
    postgres.execute("DELETE FROM trifold.host WHERE name = 'web2'");

    calls.settle(MONTH);
    tasks.settle(new TaskRun.Runner("web1", UUID.randomUUID(), 0), MONTH);

    assertThat(states(call)).containsEntry("web2", CallState.UNKNOWN);
    assertThat(tasks.runs("clean", 1))
        .extracting(TaskRun::state)
        .containsExactly(TaskRun.State.UNKNOWN);
  }

  @Test
  void theFarmsOwnCallsAreForgottenWhenTheyAreOver() throws Exception {
    Call call = submit(Duration.ofMinutes(1), "web1");
    postgres.execute("UPDATE trifold.call SET name = 'trifold-delete'");
    operations.calls().settle(MONTH);
    assertThat(operations.calls().find(call.id())).isPresent();
    postgres.execute("UPDATE trifold.call SET expires_at = now() - interval '1 second'");
    operations.calls().settle(MONTH);
    assertThat(operations.calls().find(call.id())).isEmpty();
  }

  @Test
  void whatIsNotBegunInTimeExpires() throws Exception {
    Call call = submit(Duration.ofMillis(1), "web1", "gone");
    Thread.sleep(10);
    assertThat(operations.calls().waiting("web1")).isEmpty();
    assertThat(operations.calls().begin(call.id(), "web1", UUID.randomUUID())).isFalse();
    operations.calls().settle(MONTH);
    assertThat(states(call))
        .isEqualTo(Map.of("web1", CallState.EXPIRED, "gone", CallState.EXPIRED));
  }

  @Test
  void whoCanOnlyWriteToTheDatabaseCannotMakeACall() throws Exception {
    CallBoard calls = operations.calls();
    Call call = submit(Duration.ofMinutes(1), "web1");
    // One that was copied, one for another host, one that was changed.
    postgres.execute(
        "INSERT INTO trifold.call (id, name, submitter, payload, signature, expires_at)"
            + " SELECT gen_random_uuid(), name, submitter, payload, signature, expires_at"
            + " FROM trifold.call");
    postgres.execute(
        "INSERT INTO trifold.call_host (call, host) SELECT id, 'web1' FROM trifold.call"
            + " ON CONFLICT DO NOTHING");
    postgres.execute(
        "INSERT INTO trifold.call_host (call, host) VALUES ('" + call.id() + "', 'web2')");
    assertThat(calls.waiting("web1"))
        .extracting(CallBoard.Received::objection)
        .containsExactly("", "it is the copy of another call");
    assertThat(calls.waiting("web2"))
        .extracting(CallBoard.Received::objection)
        .containsExactly("it is not for this host");
    postgres.execute("UPDATE trifold.call SET payload = payload || '\\x00'");
    assertThat(calls.waiting("web1"))
        .extracting(CallBoard.Received::objection)
        .containsOnly("its signature is not of the farm's key");
  }

  @Test
  void thePrimarysTermGrowsWithEachChange() throws Exception {
    PrimaryLease lease = operations.primary();
    UUID one = UUID.randomUUID();
    UUID two = UUID.randomUUID();
    assertThat(lease.holder()).isEmpty();
    assertThat(lease.hold("web1", one, false)).contains(1L);
    assertThat(lease.hold("web1", one, false)).contains(1L);
    assertThat(lease.hold("web2", two, false)).isEmpty();
    assertThat(lease.holder()).contains(new PrimaryLease.Holder("web1", 1, true));
    lease.release(two);
    assertThat(lease.hold("web2", two, false)).isEmpty();
    lease.release(one);
    assertThat(lease.hold("web2", two, false)).contains(2L);
    postgres.execute("UPDATE trifold.primary_lease SET lease_until = now() - interval '1 s'");
    assertThat(lease.hold("web2", two, false)).contains(3L);
    // Others step back for the one that was appointed.
    postgres.execute("UPDATE trifold.host SET mode = 'primary' WHERE name = 'web1'");
    assertThat(lease.hold("web2", two, false)).isEmpty();
    postgres.execute("UPDATE trifold.primary_lease SET lease_until = now() - interval '1 s'");
    assertThat(lease.hold("web1", one, true)).contains(4L);
  }

  @Test
  void aRunTakesPlaceOnceAndOnlyInItsTerm() throws Exception {
    TaskBoard tasks = operations.tasks();
    UUID one = UUID.randomUUID();
    UUID two = UUID.randomUUID();
    operations.primary().hold("web1", one, false);
    TaskRun.Key key = new TaskRun.Key("clean", "", Instant.parse("2026-03-28T10:00:00Z"), 1);
    assertThat(tasks.begin(key, new TaskRun.Runner("web1", one, 2))).isFalse();
    assertThat(tasks.begin(key, new TaskRun.Runner("web1", one, 1))).isTrue();
    assertThat(tasks.begin(key, new TaskRun.Runner("web1", one, 1))).isTrue();
    tasks.settle(new TaskRun.Runner("web2", two, 0), MONTH);
    assertThat(tasks.last()).extracting(TaskRun::state).containsExactly(TaskRun.State.RUNNING);

    operations.primary().release(one);
    operations.primary().hold("web2", two, false);
    assertThat(tasks.begin(key, new TaskRun.Runner("web2", two, 2))).isFalse();
    tasks.settle(new TaskRun.Runner("web2", two, 2), MONTH);
    tasks.end(key, TaskRun.State.OK, Optional.of(0), "", "");
    assertThat(tasks.last()).extracting(TaskRun::state).containsExactly(TaskRun.State.UNKNOWN);
    assertThat(tasks.unknown("", key.due())).extracting(TaskRun::key).containsExactly(key);
    assertThat(tasks.lastDue("")).isEqualTo(Map.of("clean", key.due()));

    TaskRun.Key again = new TaskRun.Key("clean", "", key.due(), 2);
    assertThat(tasks.begin(again, new TaskRun.Runner("web2", two, 2))).isTrue();
    tasks.end(again, TaskRun.State.OK, Optional.of(0), "done", "");
    assertThat(tasks.begin(again, new TaskRun.Runner("web2", two, 2))).isFalse();
    assertThat(tasks.unknown("", key.due())).isEmpty();
    assertThat(tasks.runs("clean", 5)).hasSize(2);
    tasks.disable("clean", "web1");
    assertThat(tasks.disabled()).containsExactly("clean");
    tasks.enable("clean");
    assertThat(tasks.disabled()).isEmpty();
  }
}
