/**
 * The filesystem behind every transport: nodes and their names, routing by rule to the application
 * root or the shared root, merged directories, renames across bindings, open handles.
 *
 * <p>{@link io.trifold.tree.Tree} is the way in. {@link io.trifold.tree.ChangeObserver} tells the
 * replica what changed; {@link io.trifold.tree.Namespace} lets the replica change what stands below
 * the mount. What never lives here: knowledge of which transport runs, of the queue, of how changes
 * travel.
 *
 * <p>Locks, in the order in which they are taken:
 *
 * <ol>
 *   <li>an open directory's own, while it is read;
 *   <li>the names of the application's side ({@code Storage}): for reading around each path that is
 *       made from names and the system call that uses it, and around what the observer is told of
 *       it; for writing around renames and around the replica's swaps;
 *   <li>the owners of a file's POSIX locks ({@code Locks}), a handle's own ({@code FileHandle});
 *   <li>the links between nodes ({@code NodeTable}), and where a walk is ({@code ReadAhead}): in
 *       memory only, the last.
 * </ol>
 *
 * <p>Calls on the shared side pass the door of {@link io.trifold.shared} and are made with none of
 * these held but the first and the third, which belong to one directory or file: a storage that
 * hangs keeps those waiting that use that file, and nobody else. Notices to the kernel are sent
 * with none held.
 */
package io.trifold.tree;
