// libjpeg-turbo reports faults by longjmp and goes on after warnings; here both end in a status.
#include "message.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jpeglib.h>
#include <jerror.h>

enum { LARGEST_SCAN_COUNT = 500 };

typedef struct {
    struct jpeg_error_mgr base;  // first: libjpeg hands this address back
    jmp_buf escape;
    char *message;
} fault_manager;

static void leave(j_common_ptr info) {
    fault_manager *faults = (fault_manager *)info->err;
    char text[JMSG_LENGTH_MAX];
    info->err->format_message(info, text);
    cpictures_say(faults->message, CPICTURES_DAMAGED, "%.200s", text);
    longjmp(faults->escape, 1);
}

/// A warning means that the decoder made up what the file lacks: as bad as an error, but for two about old headers.
static void heed(j_common_ptr info, int level) {
    int code = info->err->msg_code;
    if (level >= 0 || code == JWRN_JFIF_MAJOR || code == JWRN_ADOBE_XFORM || code == JWRN_BOGUS_ICC) return;
    leave(info);
}

/// A few bytes can ask for millions of passes over the picture.
static void watch(j_common_ptr info) {
    if (!info->is_decompressor) return;
    if (((j_decompress_ptr)info)->input_scan_number <= LARGEST_SCAN_COUNT) return;
    fault_manager *faults = (fault_manager *)info->err;
    cpictures_say(faults->message, CPICTURES_DAMAGED, "more than %d scans", LARGEST_SCAN_COUNT);
    longjmp(faults->escape, 1);
}

static void say_nothing(j_common_ptr info) { (void)info; }

static void prepare(struct jpeg_decompress_struct *info, fault_manager *faults, char *message) {
    memset(info, 0, sizeof *info);
    info->err = jpeg_std_error(&faults->base);
    faults->base.error_exit = leave;
    faults->base.emit_message = heed;
    faults->base.output_message = say_nothing;
    faults->message = message;
}

/// Sets what is decoded to: gray stays gray, colours become RGB; accurate integer transform, smooth chroma.
static int choose(struct jpeg_decompress_struct *info, cpictures_picture *header, char *message) {
    if (info->jpeg_color_space == JCS_CMYK || info->jpeg_color_space == JCS_YCCK) {
        return cpictures_say(message, CPICTURES_REFUSED, "a JPEG in CMYK; convert it to RGB or gray");
    }
    info->out_color_space = info->num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
    info->dct_method = JDCT_ISLOW;
    info->do_fancy_upsampling = TRUE;
    *header = (cpictures_picture){info->image_height, info->image_width, info->num_components == 1 ? 1u : 3u, 1, 0};
    return CPICTURES_OK;
}

int cpictures_jpeg_header(const uint8_t *bytes, size_t count, cpictures_picture *header, char *message) {
    struct jpeg_decompress_struct info;
    fault_manager faults;
    prepare(&info, &faults, message);
    if (setjmp(faults.escape)) {
        jpeg_destroy_decompress(&info);
        return CPICTURES_DAMAGED;
    }
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, bytes, count);
    jpeg_read_header(&info, TRUE);
    int status = choose(&info, header, message);
    jpeg_destroy_decompress(&info);
    return status;
}

static void spread(const uint8_t *row, uint8_t *planes, size_t index, const cpictures_picture *header) {
    size_t columns = header->columns, plane = (size_t)header->rows * columns;
    uint8_t *to = planes + index * columns;
    if (header->channels == 1) {
        memcpy(to, row, columns);
        return;
    }
    for (size_t column = 0; column < columns; column++) {
        to[column] = row[3 * column];
        to[column + plane] = row[3 * column + 1];
        to[column + 2 * plane] = row[3 * column + 2];
    }
}

static int same(const cpictures_picture *a, const cpictures_picture *b) {
    return a->rows == b->rows && a->columns == b->columns && a->channels == b->channels;
}

int cpictures_jpeg_decode(const uint8_t *bytes, size_t count, const cpictures_picture *header, uint8_t *planes,
                          size_t capacity, char *message) {
    if (capacity != (size_t)header->rows * header->columns * header->channels) {
        return cpictures_say(message, CPICTURES_SYSTEM, "a buffer of the wrong size");
    }
    struct jpeg_decompress_struct info;
    struct jpeg_progress_mgr progress = {.progress_monitor = watch};
    fault_manager faults;
    uint8_t *volatile row = malloc((size_t)header->columns * 4);
    if (!row) return cpictures_say(message, CPICTURES_SYSTEM, "no memory");
    prepare(&info, &faults, message);
    if (setjmp(faults.escape)) {
        jpeg_destroy_decompress(&info);
        free(row);
        return CPICTURES_DAMAGED;
    }
    jpeg_create_decompress(&info);
    info.progress = &progress;
    jpeg_mem_src(&info, bytes, count);
    jpeg_read_header(&info, TRUE);
    cpictures_picture found;
    int status = choose(&info, &found, message);
    if (status == CPICTURES_OK && !same(&found, header)) {
        status = cpictures_say(message, CPICTURES_DAMAGED, "the file changed while it was read");
    }
    if (status == CPICTURES_OK) {
        jpeg_start_decompress(&info);
        while (info.output_scanline < info.output_height) {
            JSAMPROW rows[1] = {row};
            size_t index = info.output_scanline;
            if (jpeg_read_scanlines(&info, rows, 1) == 1) spread(row, planes, index, header);
        }
        jpeg_finish_decompress(&info);
    }
    jpeg_destroy_decompress(&info);
    free(row);
    return status;
}
