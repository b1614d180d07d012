/**
 * A look inside a mount: the text of the virtual files below {@code /.trifold}, the attributes
 * {@code user.trifold.*} of every path, and what explains a path's binding.
 *
 * <p>Whoever looks never waits for the database or the shared storage: what is shown is what the
 * parts last knew. What never lives here: anything that changes state.
 */
package io.trifold.inspect;
