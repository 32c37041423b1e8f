// A shared object that is no driver.
extern "C" int cumulet_nothing() { return 0; }
