// Data of ICU without any entry, as ICU itself links where a program brings its data along (source/stubdata/stubdata.cpp).
//
// Foundation has ICU with 34 MB of data, twice as much as all else of recorder: names of languages, currencies, time zones.
// GRDB needs Foundation, and none of that. The linker takes the first definition of a symbol that it finds in an archive only
// when nothing before has one, so that with this one the other is left out. Only in a release: a debug build loads Foundation
// as a shared library.
#ifdef MIDDLE_SOCK_WITHOUT_ICU_DATA

#include <stdint.h>

// The header of a package of data (icu4c/source/common/ucmndata.h, unicode/udata.h), and a table of contents of no entries.
struct contents {
    uint16_t header_size;
    uint8_t magic[2];
    uint16_t info_size;
    uint16_t reserved;
    uint8_t is_big_endian;
    uint8_t charset_family;
    uint8_t size_of_char;
    uint8_t reserved_byte;
    uint8_t data_format[4];
    uint8_t format_version[4];
    uint8_t data_version[4];
    uint8_t padding[8];
    uint32_t count;
    uint32_t entries[3];
};

const struct contents icudt76_dat __attribute__((aligned(16), visibility("default"))) = {
    .header_size = 32,
    .magic = {0xda, 0x27},
    .info_size = 20,
    .is_big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
    .size_of_char = 2,
    .data_format = {'T', 'o', 'C', 'P'},
    .format_version = {1},
};

#endif
