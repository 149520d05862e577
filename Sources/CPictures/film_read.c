// Reads films through FFmpeg's libraries: strict, on one thread, from plain files only.
#include "message.h"
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libavutil/pixdesc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    LARGEST_SIDE = 16384,
    LARGEST_PIXEL_COUNT = 1 << 25,
    LARGEST_ALLOCATION = 1 << 28,
};

static const char containers[] = "avi,mov,mp4,m4a,3gp,3g2,mj2,gif";
static const char decoders[] =
    "mpeg4,msmpeg4,msmpeg4v1,msmpeg4v2,h263,h264,hevc,mpeg1video,mpeg2video,mjpeg,rawvideo,gif,vp8,vp9,ffv1,huffyuv,"
    "ffvhuff,utvideo,cinepak,dvvideo,png";

struct cpictures_film_ {
    AVFormatContext *container;
    AVCodecContext *decoder;
    AVPacket *packet;
    AVFrame *frame;
    int stream;
    int is_drained;
    /// What the decoder complained of; empty while all is well.
    char fault[CPICTURES_MESSAGE];
};

// Decoders print what they conceal and then report success: the print is taken as the fault it is ---------------------

static void listen(void *speaker, int level, const char *format, va_list arguments) {
    if (level > AV_LOG_ERROR || !speaker) return;
    if (*(const AVClass **)speaker != avcodec_get_class()) return;
    cpictures_film *film = ((AVCodecContext *)speaker)->opaque;
    if (!film || film->fault[0]) return;
    vsnprintf(film->fault, sizeof film->fault, format, arguments);
    film->fault[strcspn(film->fault, "\n")] = 0;
}

static void start_libraries(void) {
    av_log_set_callback(listen);
    av_max_alloc(LARGEST_ALLOCATION);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

// Opening -------------------------------------------------------------------------------------------------------------

static int say_code(char *message, const char *doing, int code) {
    char text[AV_ERROR_MAX_STRING_SIZE];
    av_strerror(code, text, sizeof text);
    int status = code == AVERROR(ENOMEM) ? CPICTURES_SYSTEM : CPICTURES_DAMAGED;
    return cpictures_say(message, status, "%s: %s", doing, text);
}

static int check_file(const char *path, char *message) {
    struct stat facts;
    if (stat(path, &facts) != 0) return cpictures_say(message, CPICTURES_SYSTEM, "cannot be opened");
    if (!S_ISREG(facts.st_mode)) return cpictures_say(message, CPICTURES_REFUSED, "not a regular file");
    return CPICTURES_OK;
}

static int open_container(cpictures_film *film, const char *path, char *message) {
    AVDictionary *settings = NULL;
    av_dict_set(&settings, "protocol_whitelist", "file", 0);
    av_dict_set(&settings, "format_whitelist", containers, 0);
    av_dict_set(&settings, "codec_whitelist", decoders, 0);
    av_dict_set(&settings, "max_streams", "16", 0);
    av_dict_set(&settings, "fflags", "+bitexact", 0);
    char *address = av_asprintf("file:%s", path);
    int code = address ? avformat_open_input(&film->container, address, NULL, &settings) : AVERROR(ENOMEM);
    av_free(address);
    av_dict_free(&settings);
    if (code < 0) return say_code(message, "not a film that is read here (AVI, MP4, MOV, GIF)", code);
    return CPICTURES_OK;
}

/// The first frames are decoded here to learn their size, under the same limits as later.
static int look_at_streams(cpictures_film *film, char *message) {
    AVFormatContext *container = film->container;
    unsigned count = container->nb_streams;
    AVDictionary **settings = av_calloc(count ? count : 1, sizeof *settings);
    if (!settings) return cpictures_say(message, CPICTURES_SYSTEM, "no memory");
    for (unsigned index = 0; index < count; index++) {
        av_dict_set_int(&settings[index], "max_pixels", LARGEST_PIXEL_COUNT, 0);
    }
    int code = avformat_find_stream_info(container, count ? settings : NULL);
    for (unsigned index = 0; index < count; index++) av_dict_free(&settings[index]);
    av_free(settings);
    if (code < 0) return say_code(message, "its streams cannot be understood", code);
    code = av_find_best_stream(container, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    if (code < 0) return say_code(message, "it holds no pictures", code);
    film->stream = code;
    for (unsigned index = 0; index < container->nb_streams; index++) {
        if ((int)index != film->stream) container->streams[index]->discard = AVDISCARD_ALL;
    }
    return CPICTURES_OK;
}

static int open_decoder(cpictures_film *film, char *message) {
    AVStream *stream = film->container->streams[film->stream];
    const AVCodec *codec = avcodec_find_decoder(stream->codecpar->codec_id);
    if (!codec) return cpictures_say(message, CPICTURES_REFUSED, "no decoder for its pictures");
    AVCodecContext *decoder = film->decoder = avcodec_alloc_context3(codec);
    if (!decoder) return cpictures_say(message, CPICTURES_SYSTEM, "no memory");
    int code = avcodec_parameters_to_context(decoder, stream->codecpar);
    if (code < 0) return say_code(message, "its parameters are wrong", code);
    decoder->pkt_timebase = stream->time_base;
    decoder->thread_count = 1;
    decoder->flags |= AV_CODEC_FLAG_BITEXACT;
    decoder->error_concealment = 0;
    decoder->err_recognition = AV_EF_CRCCHECK | AV_EF_EXPLODE;
    decoder->max_pixels = LARGEST_PIXEL_COUNT;
    decoder->codec_whitelist = av_strdup(decoders);
    code = avcodec_open2(decoder, codec, NULL);
    if (code < 0) return say_code(message, "its pictures cannot be decoded", code);
    decoder->opaque = film;
    return CPICTURES_OK;
}

static int is_luma(const AVPixFmtDescriptor *format) {
    uint64_t never = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL;
    const AVComponentDescriptor *luma = &format->comp[0];
    return !(format->flags & never) && luma->depth == 8 && luma->shift == 0 && luma->offset == 0 && luma->step == 1;
}

static int is_rgb(const AVPixFmtDescriptor *format) {
    if (format->flags & AV_PIX_FMT_FLAG_PAL) return 1;
    if (!(format->flags & AV_PIX_FMT_FLAG_RGB) || format->flags & AV_PIX_FMT_FLAG_BITSTREAM) return 0;
    if (format->nb_components < 3) return 0;
    for (int index = 0; index < 3; index++) {
        if (format->comp[index].depth != 8 || format->comp[index].shift != 0) return 0;
    }
    return 1;
}

static int describe(cpictures_film *film, cpictures_film_header *header, char *message) {
    AVStream *stream = film->container->streams[film->stream];
    AVCodecContext *decoder = film->decoder;
    if (decoder->width < 1 || decoder->height < 1 || decoder->width > LARGEST_SIDE || decoder->height > LARGEST_SIDE) {
        return cpictures_say(message, CPICTURES_DAMAGED, "its pictures have %d rows and %d columns", decoder->height,
                             decoder->width);
    }
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(decoder->pix_fmt);
    if (!format) return cpictures_say(message, CPICTURES_DAMAGED, "no frame of it could be decoded");
    AVRational rate = stream->avg_frame_rate.num > 0 ? stream->avg_frame_rate : stream->r_frame_rate;
    *header = (cpictures_film_header){.rows = (uint32_t)decoder->height, .columns = (uint32_t)decoder->width};
    header->promised_frames = stream->nb_frames > 0 ? stream->nb_frames : 0;
    header->rate_numerator = rate.num > 0 && rate.den > 0 ? rate.num : 0;
    header->rate_denominator = rate.num > 0 && rate.den > 0 ? rate.den : 1;
    header->has_luma = is_luma(format);
    header->has_rgb = is_rgb(format);
    header->is_full_range = decoder->color_range == AVCOL_RANGE_JPEG || strncmp(format->name, "yuvj", 4) == 0 ||
                            strncmp(format->name, "gray", 4) == 0;
    snprintf(header->container, sizeof header->container, "%s", film->container->iformat->name);
    snprintf(header->codec, sizeof header->codec, "%s", avcodec_get_name(decoder->codec_id));
    snprintf(header->pixel_format, sizeof header->pixel_format, "%s", format->name);
    return CPICTURES_OK;
}

int cpictures_film_open(const char *path, cpictures_film **opened, cpictures_film_header *header, char *message) {
    pthread_once(&once, start_libraries);
    int status = check_file(path, message);
    if (status != CPICTURES_OK) return status;
    cpictures_film *film = calloc(1, sizeof *film);
    if (!film) return cpictures_say(message, CPICTURES_SYSTEM, "no memory");
    film->packet = av_packet_alloc();
    film->frame = av_frame_alloc();
    status = film->packet && film->frame ? CPICTURES_OK : cpictures_say(message, CPICTURES_SYSTEM, "no memory");
    if (status == CPICTURES_OK) status = open_container(film, path, message);
    if (status == CPICTURES_OK) status = look_at_streams(film, message);
    if (status == CPICTURES_OK) status = open_decoder(film, message);
    if (status == CPICTURES_OK) status = describe(film, header, message);
    if (status == CPICTURES_OK) {
        *opened = film;
    } else {
        cpictures_film_close(film);
    }
    return status;
}

void cpictures_film_close(cpictures_film *film) {
    if (!film) return;
    avcodec_free_context(&film->decoder);
    avformat_close_input(&film->container);
    av_packet_free(&film->packet);
    av_frame_free(&film->frame);
    free(film);
}

// Reading -------------------------------------------------------------------------------------------------------------

/// The next packet of the pictures' stream that is not empty, into `film->packet`.
static int next_packet(cpictures_film *film, char *message) {
    for (;;) {
        av_packet_unref(film->packet);
        int code = av_read_frame(film->container, film->packet);
        if (code == AVERROR_EOF) return CPICTURES_END;
        if (code < 0) return say_code(message, "the film breaks off", code);
        if (film->packet->stream_index != film->stream) continue;
        if (film->packet->flags & AV_PKT_FLAG_CORRUPT) {
            return cpictures_say(message, CPICTURES_DAMAGED, "the film breaks off within a frame");
        }
        if (film->packet->size > 0) return CPICTURES_OK;
    }
}

int cpictures_film_count(cpictures_film *film, int64_t *count, char *message) {
    int64_t packets = 0, shown = 0, promised = film->container->streams[film->stream]->nb_frames;
    int status;
    while ((status = next_packet(film, message)) == CPICTURES_OK) {
        packets++;
        if (!(film->packet->flags & AV_PKT_FLAG_DISCARD)) shown++;
    }
    if (status != CPICTURES_END) return status;
    if (promised <= 0) {
        return cpictures_say(message, CPICTURES_DAMAGED, "its header does not say how many frames there are, so that "
                             "a film cut short would go unseen; repair it with `ffmpeg -i FILE -c copy NEW`");
    }
    if (promised > packets) {
        return cpictures_say(message, CPICTURES_DAMAGED, "its header promises %lld frames and %lld are there",
                             (long long)promised, (long long)packets);
    }
    *count = shown;
    return CPICTURES_OK;
}

static int feed(cpictures_film *film, char *message) {
    int status = next_packet(film, message);
    if (status != CPICTURES_OK && status != CPICTURES_END) return status;
    film->is_drained = status == CPICTURES_END;
    int code = avcodec_send_packet(film->decoder, film->is_drained ? NULL : film->packet);
    if (film->fault[0]) return cpictures_say(message, CPICTURES_DAMAGED, "%.200s", film->fault);
    return code < 0 ? say_code(message, "cannot be decoded", code) : CPICTURES_OK;
}

static int check_frame(cpictures_film *film, char *message) {
    AVFrame *frame = film->frame;
    if (frame->decode_error_flags || frame->flags & AV_FRAME_FLAG_CORRUPT) {
        return cpictures_say(message, CPICTURES_DAMAGED, "decoded in part only");
    }
    return CPICTURES_OK;
}

static void copy_plane(const uint8_t *from, ptrdiff_t row_bytes, ptrdiff_t step, uint8_t *to, const AVFrame *frame) {
    for (int row = 0; row < frame->height; row++) {
        const uint8_t *source = from + row * row_bytes;
        if (step == 1) {
            memcpy(to, source, (size_t)frame->width);
        } else {
            for (int column = 0; column < frame->width; column++) to[column] = source[column * step];
        }
        to += frame->width;
    }
}

/// Palette entries are 0xAARRGGBB in the machine's order.
static void copy_palette(const AVFrame *frame, uint8_t *to) {
    const uint32_t *palette = (const uint32_t *)frame->data[1];
    size_t plane = (size_t)frame->width * (size_t)frame->height;
    for (int row = 0; row < frame->height; row++) {
        const uint8_t *source = frame->data[0] + row * (ptrdiff_t)frame->linesize[0];
        for (int column = 0; column < frame->width; column++, to++) {
            uint32_t color = palette[source[column]];
            to[0] = (uint8_t)(color >> 16);
            to[plane] = (uint8_t)(color >> 8);
            to[2 * plane] = (uint8_t)color;
        }
    }
}

static int copy(const AVFrame *frame, uint32_t planes, uint8_t *into, size_t capacity, char *message) {
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(frame->format);
    size_t plane = (size_t)frame->width * (size_t)frame->height;
    if (plane * planes != capacity) {
        return cpictures_say(message, CPICTURES_DAMAGED, "a frame has %d rows and %d columns, others differ",
                             frame->height, frame->width);
    }
    if (!format || !(planes == 1 ? is_luma(format) : is_rgb(format))) {
        return cpictures_say(message, CPICTURES_REFUSED, "its pictures are stored as %s", format ? format->name : "?");
    }
    if (planes == 3 && format->flags & AV_PIX_FMT_FLAG_PAL) {
        copy_palette(frame, into);
        return CPICTURES_OK;
    }
    for (uint32_t index = 0; index < planes; index++) {
        const AVComponentDescriptor *part = &format->comp[index];
        const uint8_t *from = frame->data[part->plane] + part->offset;
        copy_plane(from, frame->linesize[part->plane], part->step, into + index * plane, frame);
    }
    return CPICTURES_OK;
}

int cpictures_film_next(cpictures_film *film, uint32_t planes, uint8_t *into, size_t capacity, char *message) {
    for (;;) {
        int code = avcodec_receive_frame(film->decoder, film->frame);
        if (film->fault[0]) return cpictures_say(message, CPICTURES_DAMAGED, "%.200s", film->fault);
        if (code == AVERROR_EOF) return CPICTURES_END;
        if (code == AVERROR(EAGAIN)) {
            int status = feed(film, message);
            if (status != CPICTURES_OK) return status;
            continue;
        }
        if (code < 0) return say_code(message, "cannot be decoded", code);
        int status = check_frame(film, message);
        if (status == CPICTURES_OK && into) status = copy(film->frame, planes, into, capacity, message);
        av_frame_unref(film->frame);
        return status;
    }
}
