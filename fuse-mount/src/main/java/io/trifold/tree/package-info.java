/**
 * The filesystem behind every transport: nodes and their names, routing by rule to the application
 * root or the shared root, merged directories, renames across bindings, open handles.
 *
 * <p>{@link io.trifold.tree.ChangeObserver} tells the replica what changed; {@link
 * io.trifold.tree.Namespace} lets the replica change what stands below the mount. What never lives
 * here: knowledge of which transport runs, of the queue, of how changes travel.
 */
package io.trifold.tree;
