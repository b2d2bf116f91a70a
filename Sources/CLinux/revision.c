#include "CLinux.h"

// Package.swift defines it where the build is told a revision.
#ifndef MIDDLE_SOCK_REVISION
#define MIDDLE_SOCK_REVISION ""
#endif

const char *clinux_revision(void)
{
    return MIDDLE_SOCK_REVISION;
}
