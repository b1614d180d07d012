package io.trifold.fuse.jnr;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.fuse.Entry;
import io.trifold.fuse.FuseOperations;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The cache of names")
final class NameCacheTest {
  private final List<Long> forgotten = new ArrayList<>();
  private final FuseOperations operations =
      (FuseOperations)
          Proxy.newProxyInstance(
              FuseOperations.class.getClassLoader(),
              new Class<?>[] {FuseOperations.class},
              (proxy, method, arguments) -> {
                assertThat(method.getName()).isEqualTo("forget");
                forgotten.add((Long) arguments[0]);
                return null;
              });
  private final NameCache cache = new NameCache(100);

  private NodeReference reference(long node) {
    return new NodeReference(operations, node);
  }

  private static Entry entry(long node, long nanos) {
    return new Entry(node, 0, null, nanos, 0);
  }

  private void put(long directory, String name, long node, long nanos) {
    try (NodeReference parent = reference(directory);
        NodeReference child = reference(node)) {
      cache.put(parent, name, child, entry(node, nanos), cache.ticket(directory, name));
    }
  }

  @Test
  @DisplayName("holds a node and its directory until the name is invalidated")
  void holds() {
    put(2, "a", 3, Entry.UNLIMITED);
    try (NodeReference found = cache.get(2, "a")) {
      assertThat(found.node()).isEqualTo(3);
    }
    assertThat(forgotten).isEmpty();
    cache.invalidateEntry(2, "a");
    assertThat(cache.get(2, "a")).isNull();
    assertThat(forgotten).containsExactlyInAnyOrder(2L, 3L);
  }

  @Test
  @DisplayName("does not forget a node that is in use")
  void inUse() {
    put(1, "a", 3, Entry.UNLIMITED);
    try (NodeReference found = cache.get(1, "a")) {
      cache.invalidateEntry(1, "a");
      assertThat(forgotten).isEmpty();
      assertThat(found.node()).isEqualTo(3);
    }
    assertThat(forgotten).containsExactly(3L);
  }

  @Test
  @DisplayName("gives back what another node replaces")
  void replaced() {
    put(1, "a", 3, Entry.UNLIMITED);
    put(1, "a", 4, Entry.UNLIMITED);
    assertThat(forgotten).containsExactly(3L);
  }

  @Test
  @DisplayName("keeps no answer that an invalidation overtook")
  void overtaken() {
    long ticket = cache.ticket(1, "a");
    cache.invalidateEntry(1, "a");
    try (NodeReference parent = reference(1);
        NodeReference child = reference(3)) {
      cache.put(parent, "a", child, entry(3, Entry.UNLIMITED), ticket);
    }
    assertThat(cache.get(1, "a")).isNull();
    assertThat(forgotten).containsExactly(3L);
  }

  @Test
  @DisplayName("keeps no answer that may not be kept, and drops the one before it")
  void notToBeKept() {
    put(1, "a", 3, Entry.UNLIMITED);
    put(1, "a", 4, 0);
    assertThat(cache.get(1, "a")).isNull();
    assertThat(forgotten).containsExactlyInAnyOrder(3L, 4L);
  }

  @Test
  @DisplayName("keeps an answer as long as it says itself, not as the one before it")
  void expires() {
    put(1, "a", 3, Entry.UNLIMITED);
    put(1, "a", 4, 1);
    assertThat(cache.get(1, "a")).isNull();
  }

  @Test
  @DisplayName("drops each name on the way to a path")
  void path() {
    put(1, "a", 2, Entry.UNLIMITED);
    put(2, "b", 3, Entry.UNLIMITED);
    put(1, "other", 4, Entry.UNLIMITED);
    cache.dropPath("/a/b/c");
    assertThat(cache.get(1, "a")).isNull();
    assertThat(cache.get(2, "b")).isNull();
    try (NodeReference other = cache.get(1, "other")) {
      assertThat(other.node()).isEqualTo(4);
    }
  }

  @Test
  @DisplayName("gives back everything at the end, and the root never")
  void close() {
    put(1, "a", 2, Entry.UNLIMITED);
    put(2, "b", 3, Entry.UNLIMITED);
    cache.close();
    assertThat(forgotten).containsExactlyInAnyOrder(2L, 2L, 3L);
  }

  @Test
  @DisplayName("holds no more than its size")
  void bounded() {
    for (long node = 10; node < 1010; node++) {
      put(1, "name-" + node, node, Entry.UNLIMITED);
    }
    assertThat(forgotten.size()).isGreaterThanOrEqualTo(900);
  }
}
