@NullMarked
package io.millrace.broker.controller;

import org.jspecify.annotations.NullMarked;
