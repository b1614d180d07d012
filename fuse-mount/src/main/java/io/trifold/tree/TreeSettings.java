package io.trifold.tree;

import io.trifold.posix.BackingRoot;
import io.trifold.rules.RuleSet;
import io.trifold.shared.SharedRoot;

/**
 * What a tree is made of. The roots stay the caller's, who closes them after the tree.
 *
 * @param application the application's own directory, below the mount
 * @param shared the way to the shared storage; {@code null} only if no rule is {@code remote}
 * @param observer is told of changes to propagated paths
 * @param logs is asked for each open of a log for writing
 * @param virtual what {@code /.trifold} shows
 */
public record TreeSettings(
    BackingRoot application,
    SharedRoot shared,
    RuleSet rules,
    ChangeObserver observer,
    LogOpener logs,
    VirtualFiles virtual) {}
