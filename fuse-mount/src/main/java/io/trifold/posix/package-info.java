package io.trifold.posix;
