// Plain C faces of libjpeg-turbo, libpng and FFmpeg's libraries: each call returns a status and writes a sentence;
// the libraries' own ways out (longjmp, exit, printing) end here and never reach Swift.
#pragma once
#include <stddef.h>
#include <stdint.h>

enum {
    CPICTURES_OK = 0,
    /// No further frame.
    CPICTURES_END = 1,
    /// The bytes are damaged or lie.
    CPICTURES_DAMAGED = 2,
    /// Sound, but of a kind that is not read.
    CPICTURES_REFUSED = 3,
    /// Memory or disk.
    CPICTURES_SYSTEM = 4,
    /// Bytes of a message with its final zero.
    CPICTURES_MESSAGE = 256,
};

// Pictures -----------------------------------------------------------------------------------------------------------

typedef struct {
    uint32_t rows, columns;
    /// 1 gray, 3 red, green, blue: as decoded.
    uint32_t channels;
    /// 1 or 2 (little-endian).
    uint32_t bytes_per_value;
    /// 1 where the file has transparency, which is left out.
    uint32_t has_alpha;
} cpictures_picture;

int cpictures_jpeg_header(const uint8_t *bytes, size_t count, cpictures_picture *header, char *message);
int cpictures_png_header(const uint8_t *bytes, size_t count, cpictures_picture *header, char *message);

/// Decode to channel, row, column; `capacity` bytes must be those of `header`, which must be what the header call gave.
int cpictures_jpeg_decode(const uint8_t *bytes, size_t count, const cpictures_picture *header, uint8_t *planes,
                          size_t capacity, char *message);
int cpictures_png_decode(const uint8_t *bytes, size_t count, const cpictures_picture *header, uint8_t *planes,
                         size_t capacity, char *message);

/// Writes 8-bit RGB rows as a PNG file.
int cpictures_png_write(const char *path, const uint8_t *rgb, uint32_t rows, uint32_t columns, char *message);

// Films --------------------------------------------------------------------------------------------------------------

typedef struct cpictures_film_ cpictures_film;

typedef struct {
    uint32_t rows, columns;
    /// Frames that the container's header promises; 0 where it promises nothing.
    int64_t promised_frames;
    /// Frames a second as a fraction; 0/1 where unknown.
    int32_t rate_numerator, rate_denominator;
    char container[32], codec[32], pixel_format[32];
    /// 1 where frames have an 8-bit luma plane; 1 where they are 8-bit RGB or palette.
    uint32_t has_luma, has_rgb;
    /// 1 where luma runs from 0 to 255, not from 16 to 235.
    uint32_t is_full_range;
} cpictures_film_header;

/// Opens a regular file; no addresses, no lists of files.
int cpictures_film_open(const char *path, cpictures_film **film, cpictures_film_header *header, char *message);
/// Counts the frames by reading the container, without decoding. The film cannot be decoded afterwards.
int cpictures_film_count(cpictures_film *film, int64_t *count, char *message);
/// Decodes the next frame: its luma plane as stored (`planes` 1) or red, green and blue planes (`planes` 3).
/// `into` may be null to pass over a frame.
int cpictures_film_next(cpictures_film *film, uint32_t planes, uint8_t *into, size_t capacity, char *message);
void cpictures_film_close(cpictures_film *film);

typedef struct cpictures_writer_ cpictures_writer;

/// Begins an MPEG-4 film (`format` "mp4") or a GIF ("gif").
int cpictures_writer_open(const char *path, const char *format, uint32_t rows, uint32_t columns, double rate,
                          cpictures_writer **writer, char *message);
/// Appends a frame: RGB rows for MP4; for GIF rows of palette indices with 256 colours 0xAARRGGBB.
int cpictures_writer_append_rgb(cpictures_writer *writer, const uint8_t *rgb, char *message);
int cpictures_writer_append_indexed(cpictures_writer *writer, const uint8_t *indices, const uint32_t *palette,
                                    char *message);
int cpictures_writer_finish(cpictures_writer *writer, char *message);
void cpictures_writer_close(cpictures_writer *writer);

/// The versions of the libraries, for `doctor`.
void cpictures_versions(char *text, size_t capacity);
