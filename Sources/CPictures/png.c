// libpng reports faults by longjmp; here they end in a status.
#include "message.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <png.h>

typedef struct {
    const uint8_t *bytes;
    size_t count, position;
} source;

static void take(png_structp png, png_bytep into, size_t count) {
    source *from = png_get_io_ptr(png);
    if (count > from->count - from->position) png_error(png, "the file ends too early");
    memcpy(into, from->bytes + from->position, count);
    from->position += count;
}

static void leave(png_structp png, png_const_charp text) {
    cpictures_say(png_get_error_ptr(png), CPICTURES_DAMAGED, "%.200s", text);
    png_longjmp(png, 1);
}

/// libpng warns of faults in side chunks, which say nothing about the pixels.
static void pass_over(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static png_structp reader(source *from, png_infop *info, char *message) {
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, message, leave, pass_over);
    if (!png) return NULL;
    *info = png_create_info_struct(png);
    if (!*info) {
        png_destroy_read_struct(&png, NULL, NULL);
        return NULL;
    }
    png_set_user_limits(png, 65536, 65536);
    png_set_chunk_malloc_max(png, 8 << 20);
    png_set_chunk_cache_max(png, 128);
    png_set_read_fn(png, from, take);
    return png;
}

/// Palette to RGB, gray of few bits to 8; transparency left out; 16 bits kept, little-endian.
static void describe(png_structp png, png_infop info, cpictures_picture *header) {
    png_byte color = png_get_color_type(png, info), bits = png_get_bit_depth(png, info);
    header->rows = png_get_image_height(png, info);
    header->columns = png_get_image_width(png, info);
    header->channels = color & PNG_COLOR_MASK_COLOR ? 3 : 1;
    header->bytes_per_value = bits == 16 ? 2 : 1;
    header->has_alpha = (color & PNG_COLOR_MASK_ALPHA) || png_get_valid(png, info, PNG_INFO_tRNS) ? 1 : 0;
}

static void transform(png_structp png, png_infop info) {
    png_byte color = png_get_color_type(png, info), bits = png_get_bit_depth(png, info);
    if (color == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (color == PNG_COLOR_TYPE_GRAY && bits < 8) png_set_expand_gray_1_2_4_to_8(png);
    if (png_get_valid(png, info, PNG_INFO_tRNS)) png_set_tRNS_to_alpha(png);
    if ((color & PNG_COLOR_MASK_ALPHA) || png_get_valid(png, info, PNG_INFO_tRNS)) png_set_strip_alpha(png);
    if (bits == 16) png_set_swap(png);
}

int cpictures_png_header(const uint8_t *bytes, size_t count, cpictures_picture *header, char *message) {
    source from = {bytes, count, 0};
    png_infop info = NULL;
    png_structp png = reader(&from, &info, message);
    if (!png) return cpictures_say(message, CPICTURES_SYSTEM, "no memory");
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_read_struct(&png, &info, NULL);
        return CPICTURES_DAMAGED;
    }
    png_read_info(png, info);
    describe(png, info, header);
    png_destroy_read_struct(&png, &info, NULL);
    return CPICTURES_OK;
}

static void spread(const uint8_t *row, uint8_t *planes, size_t index, const cpictures_picture *header) {
    size_t width = header->bytes_per_value, columns = header->columns;
    size_t plane = (size_t)header->rows * columns * width, channels = header->channels;
    uint8_t *to = planes + index * columns * width;
    if (channels == 1) {
        memcpy(to, row, columns * width);
        return;
    }
    for (size_t column = 0; column < columns; column++) {
        for (size_t channel = 0; channel < 3; channel++) {
            memcpy(to + channel * plane + column * width, row + (3 * column + channel) * width, width);
        }
    }
}

/// Reads all rows; an interlaced picture needs the whole of it at once, others a row.
static void read_rows(png_structp png, int passes, uint8_t *buffer, uint8_t *planes,
                      const cpictures_picture *header) {
    size_t row_bytes = (size_t)header->columns * header->channels * header->bytes_per_value;
    for (int pass = 0; pass < passes; pass++) {
        for (size_t row = 0; row < header->rows; row++) {
            uint8_t *here = passes > 1 ? buffer + row * row_bytes : buffer;
            png_read_row(png, here, NULL);
            if (pass == passes - 1) spread(here, planes, row, header);
        }
    }
}

static int begin(png_structp png, png_infop info, const cpictures_picture *header, int *passes, char *message) {
    cpictures_picture found;
    png_read_info(png, info);
    describe(png, info, &found);
    if (memcmp(&found, header, sizeof found) != 0) {
        return cpictures_say(message, CPICTURES_DAMAGED, "the file changed while it was read");
    }
    transform(png, info);
    *passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    size_t row_bytes = (size_t)header->columns * header->channels * header->bytes_per_value;
    if (png_get_rowbytes(png, info) == row_bytes) return CPICTURES_OK;
    return cpictures_say(message, CPICTURES_REFUSED, "a PNG of an unknown kind");
}

int cpictures_png_decode(const uint8_t *bytes, size_t count, const cpictures_picture *header, uint8_t *planes,
                         size_t capacity, char *message) {
    size_t row_bytes = (size_t)header->columns * header->channels * header->bytes_per_value;
    if (capacity != row_bytes * header->rows) {
        return cpictures_say(message, CPICTURES_SYSTEM, "a buffer of the wrong size");
    }
    source from = {bytes, count, 0};
    png_infop info = NULL;
    uint8_t *volatile buffer = NULL;
    png_structp png = reader(&from, &info, message);
    if (!png) return cpictures_say(message, CPICTURES_SYSTEM, "no memory");
    if (setjmp(png_jmpbuf(png))) {
        free(buffer);
        png_destroy_read_struct(&png, &info, NULL);
        return CPICTURES_DAMAGED;
    }
    int passes = 1, status = begin(png, info, header, &passes, message);
    if (status == CPICTURES_OK) {
        buffer = calloc(passes > 1 ? header->rows : 1, row_bytes);
        if (!buffer) png_error(png, "no memory");
        read_rows(png, passes, buffer, planes, header);
        png_read_end(png, NULL);
    }
    free(buffer);
    png_destroy_read_struct(&png, &info, NULL);
    return status;
}

static int write_rows(FILE *file, const uint8_t *rgb, uint32_t rows, uint32_t columns, char *message) {
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, message, leave, pass_over);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_write_struct(&png, NULL);
        return cpictures_say(message, CPICTURES_SYSTEM, "no memory");
    }
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        return CPICTURES_SYSTEM;
    }
    png_init_io(png, file);
    png_set_IHDR(png, info, columns, rows, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (size_t row = 0; row < rows; row++) png_write_row(png, rgb + row * columns * 3);
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    return CPICTURES_OK;
}

int cpictures_png_write(const char *path, const uint8_t *rgb, uint32_t rows, uint32_t columns, char *message) {
    FILE *file = fopen(path, "wb");
    if (!file) return cpictures_say(message, CPICTURES_SYSTEM, "cannot be written");
    int status = write_rows(file, rgb, rows, columns, message);
    if (fclose(file) != 0 && status == CPICTURES_OK) {
        return cpictures_say(message, CPICTURES_SYSTEM, "cannot be written to the end; is the disk full?");
    }
    return status;
}
