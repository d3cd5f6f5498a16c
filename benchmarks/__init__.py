"""Measures Bellhop: time and memory of named exports, each in a process of its own."""
