// Nothing is called: the library is loaded (clock.c).
