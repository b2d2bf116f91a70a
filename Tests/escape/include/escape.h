// Nothing is called from outside: the library is loaded into a process by LD_PRELOAD.
