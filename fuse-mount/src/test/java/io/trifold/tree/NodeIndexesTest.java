package io.trifold.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.posix.Stat;
import io.trifold.rules.Side;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The tables that lead from numbers and inodes to nodes, compared with those of the library. */
class NodeIndexesTest {
  private static final long SEED = 20_481;

  private static Stat file(long device, long inode) {
    return new Stat(device, inode, Stat.S_IFREG, 1, 0, 0, 0, 0, 0, 4096, 0, 0, 0, 0, 0, 0, 7, 0);
  }

  @Test
  void inodesAreFoundWhateverElseComesAndGoes() {
    Random random = new Random(SEED);
    InodeIndex index = new InodeIndex();
    Map<Stat, FileNode> expected = new HashMap<>();
    for (int i = 0; i < 100_000; i++) {
      Stat stat = file(random.nextInt(2), random.nextInt(i < 50_000 ? 3_000 : 50));
      FileNode known = expected.get(stat);
      assertThat(index.find(Side.APPLICATION, stat)).isSameAs(known);
      assertThat(index.find(Side.SHARED, stat)).isNull();
      if (known == null) {
        FileNode made = new FileNode(i, stat.inode(), Side.APPLICATION, stat);
        index.add(made);
        expected.put(stat, made);
      } else {
        index.remove(known);
        index.remove(known);
        expected.remove(stat);
      }
    }
    expected.forEach((stat, node) -> assertThat(index.find(Side.APPLICATION, stat)).isSameAs(node));
  }

  @Test
  void aNumberIsGivenOnceAndLeadsToItsNode() {
    Random random = new Random(SEED);
    NumberTable table = new NumberTable();
    Set<Long> given = new HashSet<>();
    List<FileNode> nodes = new ArrayList<>();
    for (int i = 0; i < 50_000; i++) {
      if (nodes.isEmpty() || random.nextInt(5) < 3) {
        long number = table.reserve();
        assertThat(given.add(number)).isTrue();
        FileNode node = new FileNode(number, i, Side.APPLICATION, file(1, i));
        table.put(node);
        nodes.add(node);
      } else {
        FileNode gone = nodes.remove(random.nextInt(nodes.size()));
        assertThat(table.remove(gone)).isTrue();
        assertThat(table.remove(gone)).isFalse();
        assertThat(table.get(gone.number())).isNull();
      }
    }
    assertThat(table.size()).isEqualTo(nodes.size());
    nodes.forEach(node -> assertThat(table.get(node.number())).isSameAs(node));
    assertThat(table.get(-1)).isNull();
    assertThat(table.get(Long.MAX_VALUE)).isNull();
  }
}
