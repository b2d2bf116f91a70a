#ifndef ATTEMPTS_H
#define ATTEMPTS_H

#include <sys/socket.h>

// One way out: as a system call it gives a negative number and sets errno when it did not work.
struct attempt {
    const char *name;
    int (*run)(void);
};

// The attempt of this name, or null.
const struct attempt *find_attempt(const char *name);

// A descriptor of the lowest number that is a socket of this family, or -1; asks only what the relay may ask.
int find_socket(int family);

// Waits without making a system call that is not to be made.
void pause_for_ever(void);

#endif
