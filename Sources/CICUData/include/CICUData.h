/// Nothing: data.c is linked for what it defines.
