package io.trifold.queue;
