// Nothing is called: the library is loaded (unconfined.c).
