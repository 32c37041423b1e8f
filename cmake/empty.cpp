// A precompiled header needs a translation unit.
